using System.Text.Json;

namespace AtomSets.Storage.Tests.Dashboard;

/// <summary>Short forms for what tests read of answers.</summary>
static class JsonReading
{
    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static long Number(this JsonElement element, string name) => element.GetProperty(name).GetInt64();

    public static double Real(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    public static bool Flag(this JsonElement element, string name) => element.GetProperty(name).GetBoolean();
}
