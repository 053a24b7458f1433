using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What the acceptance studies left in a home.</summary>
/// <param name="Tables">Printed tables by study, but for times.</param>
/// <param name="Rows">See <see cref="StudyDump"/>.</param>
/// <param name="Records">See <see cref="StudyRecord"/>.</param>
sealed record StudyOutcomes(IReadOnlyList<string> Tables, IReadOnlyList<string> Rows, IReadOnlyList<StudyRecord> Records)
{
    /// <summary>Tables and rows to the last bit, decisions as far as they do not depend on the order in which trials end.</summary>
    public void MustEqual(StudyOutcomes expected)
    {
        Assert.Equal(expected.Tables, Tables);
        StudyDump.MustEqual(expected.Rows, Rows);
        Assert.Equal(expected.Records.Count, Records.Count);
        foreach (var (here, there) in Records.Zip(expected.Records))
        {
            here.MustBeItsMachines();
            here.MustEqual(there);
        }
    }
}

/// <summary>Studies of every kind, which must come out the same wherever they run: on any number of workers, on one machine and on a cluster.</summary>
static class AcceptanceStudies
{
    /// <summary>The first study that users run; transfers of every kind; TPE draws that pause at ASHA's rungs; sharded trials; sizes, replicates and two ends.</summary>
    static readonly string[] Files = ["examples/quick.yaml", "Studies/crash-transfer.yaml", "Studies/crash-search.yaml", "Studies/crash-shards.yaml", "Studies/ladder.yaml"];

    /// <summary>Runs all of them at once in a home.</summary>
    /// <param name="start">Starts the program that runs a study file.</param>
    public static async Task<StudyOutcomes> RunAsync(ProgramHome home, Func<string, RunningProgram> start)
    {
        var programs = Files.Select(file => start(home.Write(Path.GetFileName(file), TextOf(file)))).ToArray();
        try
        {
            var ends = await Task.WhenAll(programs.Select(program => program.EndAsync()));
            return new StudyOutcomes([.. ends.Select(end => CampaignStudy.Table(end.MustExit(0).Out))], await StudyDump.OfAsync(home), await StudyRecord.OfAsync(home));
        }
        finally
        {
            foreach (var program in programs) program.Dispose();
        }
    }

    /// <summary>The campaigns' studies share a name: here each has that of its file.</summary>
    static string TextOf(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file))
        .Replace("study: " + CampaignStudy.Name + "\n", $"study: {Path.GetFileNameWithoutExtension(file)}\n", StringComparison.Ordinal);
}
