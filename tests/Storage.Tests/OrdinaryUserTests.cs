using System.Diagnostics;
using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>Under root, the other tests see only root's way; here an ordinary user (nobody) takes the user's.</summary>
public sealed class OrdinaryUserTests
{
    [RootFact]
    public async Task An_ordinary_users_server_lives_in_the_users_home()
    {
        var folder = Directory.CreateTempSubdirectory("atomsets-test-").FullName;
        try
        {
            // The checkout may be closed to others.
            const UnixFileMode all = (UnixFileMode)0b111_101_101;
            File.SetUnixFileMode(folder, all);
            foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Concat(Directory.GetFiles(AppContext.BaseDirectory, "*.json")))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            var home = Path.Combine(folder, "home");
            await RunAsync("install", "-d", "-o", "nobody", "-m", "0700", home);

            var program = Path.Combine(folder, Path.GetFileName(typeof(HostProgram).Assembly.Location));
            string[] asNobody = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", "-u", "ATOMSETS_HOME", "-u", "ATOMSETS_DB", "HOME=" + home, "dotnet", program, "open"];
            Assert.StartsWith($"open atomsets on {home}/.atomsets/pg/run after", await RunAsync("setpriv", asNobody));
            Assert.True(File.Exists(Path.Combine(home, ".atomsets/pg/data/PG_VERSION")));
            Assert.False(File.Exists(Path.Combine(home, ".atomsets/pg/data/postmaster.pid")), "the server still runs");
            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Path.Combine(home, ".atomsets")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(90));
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {output}");
    }

    sealed class RootFactAttribute : FactAttribute
    {
        public RootFactAttribute() => Skip = PostgresPresence.SkipReason ?? (Environment.IsPrivilegedProcess ? null : "needs root, to become another user; the other tests ran as an ordinary user already");
    }
}
