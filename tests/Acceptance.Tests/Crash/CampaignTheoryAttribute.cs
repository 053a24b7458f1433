using System.Globalization;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>A test of many minutes, for those who ask for it: runs where <c>ATOMSETS_CRASH_KILLS</c> says how many kills.</summary>
public sealed class CampaignTheoryAttribute : TheoryAttribute
{
    public CampaignTheoryAttribute() => Skip = Kills > 0 ? PostgresPresence.SkipReason : "takes many minutes: tests/Acceptance.Tests/crash runs it";

    internal static int Kills { get; } = Number("ATOMSETS_CRASH_KILLS") ?? 0;

    internal static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;
}
