using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>A study for campaigns, and how it ends when nothing disturbs it: computed once for all campaigns of the process.</summary>
public sealed partial class CampaignStudy
{
    internal const string Name = "crash";
    static readonly ConcurrentDictionary<(string, int), CampaignStudy> Known = new();

    readonly string _text;
    readonly string _workers;
    readonly Lazy<Task<(string Table, List<string> Rows)>> _undisturbed;

    CampaignStudy(string file, int lengthening, int workers)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Studies", file + ".yaml"));
        _text = Epochs().Replace(text, match => string.Create(CultureInfo.InvariantCulture, $"epochs: {int.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture) * lengthening}"));
        _workers = workers.ToString(CultureInfo.InvariantCulture);
        _undisturbed = new(RunUndisturbedAsync);
    }

    /// <param name="file">In the folder Studies, without extension.</param>
    /// <param name="lengthening">All numbers of epochs times this.</param>
    /// <param name="workers">Trials at once.</param>
    public static CampaignStudy Of(string file, int lengthening, int workers) => Known.GetOrAdd((file, lengthening), _ => new CampaignStudy(file, lengthening, workers));

    /// <summary>What an undisturbed run prints and stores.</summary>
    public Task<(string Table, List<string> Rows)> UndisturbedAsync() => _undisturbed.Value;

    public ProgramHome NewHome()
    {
        var home = new ProgramHome();
        home.Write(Name + ".yaml", _text);
        Directory.CreateDirectory(Path.Combine(home.Root, "tmp"));
        return home.With("ATOMSETS_CHECKPOINT_SECONDS", "0.1").With("TMPDIR", Path.Combine(home.Root, "tmp"));
    }

    /// <summary>The study file in a home.</summary>
    internal static string FileIn(ProgramHome home) => Path.Combine(home.Root, Name + ".yaml");

    /// <summary>The command that the user types, each time.</summary>
    internal RunningProgram Start(ProgramHome home) => home.Start("study", "run", FileIn(home), "--workers", _workers);

    /// <summary>The printed tables, but for times.</summary>
    internal static string Table(string printed) => Seconds().Replace(printed, " TIME");

    async Task<(string Table, List<string> Rows)> RunUndisturbedAsync()
    {
        await using var home = NewHome();
        using var program = Start(home);
        var printed = (await program.EndAsync()).MustExit(0).Out;
        var rows = await StudyDump.OfAsync(home);
        Assert.NotEmpty(rows);
        return (Table(printed), rows);
    }

    [GeneratedRegex("epochs: (?<n>[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Epochs();

    [GeneratedRegex(@" [0-9.]+ (s|min|h)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Seconds();
}
