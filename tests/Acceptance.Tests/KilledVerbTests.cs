using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>kill -9 of verbs that write a file which a person named: it is there whole, or not at all.</summary>
public sealed class KilledVerbTests : IAsyncLifetime
{
    const int Kills = 4;

    readonly ProgramHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [Fact]
    public Task Study_keys() => MustBeWholeOrNotAsync("keys.md", "study", "keys", "--format", "markdown", "--output");

    [Fact]
    public Task Study_new() => MustBeWholeOrNotAsync("gaps.yaml", "study", "new", _home.Write("gaps.csv", "formula,gap\n" + string.Concat(Enumerable.Range(1, 300).Select(i => FormattableString.Invariant($"Na{i}Cl,{i}\n")))), "--output");

    async Task MustBeWholeOrNotAsync(string name, params string[] verb)
    {
        var path = Path.Combine(_home.Root, name);
        var clock = TimeProvider.System.GetTimestamp();
        (await _home.RunAsync([.. verb, path])).MustExit(0);
        var (took, whole) = (TimeProvider.System.GetElapsedTime(clock), await File.ReadAllTextAsync(path));
        Assert.NotEmpty(whole);
        for (var kill = 0; kill < Kills; kill++)
        {
            File.Delete(path);
            using var program = _home.Start([.. verb, path]);
            // Near its end, where it writes.
            await Task.Delay(took * (0.7 + (0.4 * kill / Kills)));
            if (!program.HasExited) await program.KillAsync();
            if (File.Exists(path)) Assert.Equal(whole, await File.ReadAllTextAsync(path));
        }
        File.Delete(path);
        (await _home.RunAsync([.. verb, path])).MustExit(0);
        Assert.Equal(whole, await File.ReadAllTextAsync(path));
    }
}
