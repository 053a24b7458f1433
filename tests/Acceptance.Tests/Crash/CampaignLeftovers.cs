using System.Globalization;
using System.Text.Json;
using AtomSets.Storage;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What programs that were killed may leave behind, and what not.</summary>
sealed class CampaignLeftovers(ProgramHome home, CampaignFigures figures)
{
    /// <summary>The last program to leave has stopped the server, whatever happened to those before it.</summary>
    public void MustBeNone()
    {
        Assert.Null(ServerStatus.Of(home.Place).Pid);
        var file = Path.Combine(home.Place.Data, "postmaster.pid");
        // One killed behind the last program's last word to it left its files, which the next start clears.
        if (home.KilledServer is not { } killed || !File.Exists(file) || File.ReadLines(file).First() != killed.ToString(CultureInfo.InvariantCulture))
        {
            Assert.False(File.Exists(file));
            Assert.Empty(Directory.GetFileSystemEntries(home.Place.SocketDirectory));
        }
        var left = Directory.GetFiles(Path.Combine(home.Root, "tmp"), "*", SearchOption.AllDirectories);
        // The runtime's own: three sockets and pipes for diagnostic tools.
        Assert.True(left.Length <= 3 * figures.Kills, $"temporary files: {string.Join(", ", left)}");
    }

    /// <summary>Cleans the artifact store up: what stays is what trials name. The home's server runs.</summary>
    /// <returns>Files that nothing named: unfinished ones, whole ones; and all that there were.</returns>
    public async Task<(int Unfinished, int Whole, int All)> CollectAsync()
    {
        // A database that was not made to the end is removed by whoever comes next.
        Assert.Equal([home.Place.Data], Directory.GetDirectories(home.Place.State, "data*"));
        var before = Files();
        (await home.RunAsync("db", "gc", "--older-than", "0")).MustExit(0);
        var after = Files();
        var gone = before.Except(after, StringComparer.Ordinal).ToArray();
        Assert.Equal(await NamesAsync("SELECT weights AS a FROM trials WHERE weights IS NOT NULL UNION SELECT spec -> 'data' ->> 'manifest' FROM trials"), after);
        // What the search of a finished study kept at its pauses goes too, where it has not gone before, and is no orphan.
        var pauses = gone.Intersect(await NamesAsync("SELECT result ->> 'checkpoint' AS a FROM trials WHERE result ? 'checkpoint'"), StringComparer.Ordinal).Count();
        var unfinished = gone.Count(file => file.EndsWith(".tmp", StringComparison.Ordinal));
        var whole = gone.Length - unfinished - pauses;
        // Each killed program may leave what its workers were at.
        Assert.InRange(unfinished + whole, 0, figures.Kills * 4);
        return (unfinished, whole, before.Length);
    }

    async Task<string[]> NamesAsync(string query) =>
        [.. (await home.RowsAsync(query)).Select(row => JsonDocument.Parse(row).RootElement.GetProperty("a").GetString()!).Order(StringComparer.Ordinal)];

    string[] Files() =>
    [
        .. Directory.GetFiles(Path.Combine(home.Path, "artifacts"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetFileName(Path.GetDirectoryName(path)!) + Path.GetFileName(path)).Order(StringComparer.Ordinal),
    ];
}
