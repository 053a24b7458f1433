using AtomSets.Storage;

namespace AtomSets.Commands;

/// <summary>What a study's tables lack, and why: failures with all that waited for them, and what a budget left out.</summary>
static class MissingReport
{
    const int Shown = 5;

    public static IEnumerable<string> Lines(IReadOnlyList<MissingSteps> missing)
    {
        foreach (var part in missing.Take(Shown))
        {
            yield return part.Steps switch
            {
                0 => $"Cut short: {part.Example}: {part.Reason}",
                1 => $"Missing: {part.Example}: {part.Reason}",
                _ => $"Missing: {part.Example} and {part.Steps - 1} more steps: {part.Reason}",
            };
        }
        if (missing.Count > Shown) yield return $"and for {missing.Count - Shown} more reasons; `study show` lists every step";
    }
}
