using AtomSets.Core.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>A disk that becomes full under a running study: it says so, and with room again it ends as if nothing had been.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    const string InTheMiddle = "(SELECT count(*) FROM trials WHERE status = 'finished' AND kind = 'train') BETWEEN 2 AND 3";

    /// <summary>Half of the study that others disturb: a pre-training and four trainings.</summary>
    static readonly string s_study = File.ReadAllText(Undisturbed.File).Replace("sizes: [50, 100]", "sizes: [50]", StringComparison.Ordinal);

    static readonly Lazy<Task<List<string>>> s_undisturbed = new(async () =>
    {
        await using var home = new ProgramHome();
        (await home.RunAsync("study", "run", home.Write("study.yaml", s_study), "--workers", "2")).MustExit(0);
        return Results(await StudyDump.OfAsync(home));
    });

    readonly ProgramHome _home = new ProgramHome().With("ATOMSETS_CHECKPOINT_SECONDS", "0.1");
    SmallDisk? _disk;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _disk?.Free();
        await _home.RunAsync("db", "stop", "--force");
        _disk?.Dispose();
        await _home.DisposeAsync();
    }

    [FullDiskFact]
    public async Task Of_artifacts()
    {
        var disk = Mount(_home.Path, 80 << 20);
        using var program = Start();
        await _home.WaitUntilAsync(InTheMiddle, program);
        disk.Fill();
        var end = (await program.EndAsync()).MustExit(1);
        Assert.Contains("No space left on device", end.Out, StringComparison.Ordinal);
        Assert.Contains("Free some space", end.Out, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(disk.Folder, "*.tmp", SearchOption.AllDirectories));
        disk.Free();
        (await _home.RunAsync("study", "resume", Undisturbed.Name, "--workers", "2")).MustExit(0);
        await MustBeAsUndisturbedAsync();
    }

    [FullDiskFact]
    public async Task Of_the_database()
    {
        var disk = Mount(_home.Place.State, 220 << 20);
        using var program = Start();
        await _home.WaitUntilAsync(InTheMiddle, program);
        disk.Fill();
        await WaitForTheServersWordAsync(program);
        Assert.False(program.HasExited);
        disk.Free();
        // It has waited, and goes on by itself.
        (await program.EndAsync()).MustExit(0);
        await MustBeAsUndisturbedAsync();
    }

    SmallDisk Mount(string folder, long bytes)
    {
        Directory.CreateDirectory(folder);
        return _disk = new SmallDisk(bytes, folder);
    }

    RunningProgram Start() => _home.Start("study", "run", _home.Write("study.yaml", s_study), "--workers", "2");

    async Task WaitForTheServersWordAsync(RunningProgram program)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!(await ReadAsync(_home.Place.Log)).Contains("No space left on device", StringComparison.Ordinal))
        {
            Assert.False(program.HasExited, program.ErrorSoFar);
            await Task.Delay(50, limit.Token);
        }
    }

    static async Task<string> ReadAsync(string log)
    {
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await reader.ReadToEndAsync();
    }

    /// <summary>In all but the decisions, which tell of the failures.</summary>
    async Task MustBeAsUndisturbedAsync() => StudyDump.MustEqual(await s_undisturbed.Value, Results(await StudyDump.OfAsync(_home)));

    static List<string> Results(List<string> rows) => [.. rows.Where(row => !row.Contains("\"decision\":", StringComparison.Ordinal))];
}
