using AtomSets.Storage;
using AtomSets.Studies;
using Spectre.Console;

namespace AtomSets.Core.Tests.Commands;

/// <summary>Rows as a database would give them, and what a report prints of them.</summary>
static class ReportRows
{
    /// <summary>A finished run from scratch or from a parent.</summary>
    public static ResultRow Transfer(string mode, long size, long? source, long seed, double error) => new(
        "s", $"transfer/{mode}/{source}/{size}/{seed}", $"transfer/{mode}/{source}/{size}", 0, NodeStatus.Finished, "transfer", "net", mode, source is null ? null : "cheap", source, "dear", "ionic", "energy",
        size, seed, error, error, "mae", "eV", 10, 5, "plateau", 1, 100, null, null, null, null);

    /// <summary>A draw of a parent's search, paused at a rung or trained to the end.</summary>
    public static ResultRow Draw(long size, int draw, int? rung, double validation, double? test, params (string Name, string Value)[] drawn) => new(
        "s", $"pretrain/cheap-n{size}/search/{draw}/0@{rung}", $"pretrain/cheap-n{size}/search/{draw}", 0, NodeStatus.Finished, "pretrain", "net", "scratch", "cheap", null, null, "ionic", "energy",
        size, 1, validation, test, "mae", "eV", rung ?? 27, 5, rung is null ? "cap" : "paused", 60, 100, new TrialKey($"{size:x32}{draw:x16}{rung ?? 0:x16}"), null, null, null)
    {
        Rung = rung,
        Drawn = drawn.ToDictionary(one => one.Name, one => one.Value),
    };

    public static string Printed(Action<IAnsiConsole> print)
    {
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 400;
        print(console);
        return writer.ToString();
    }
}
