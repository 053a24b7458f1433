using AtomSets.Storage;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>What a silo is entrusted with shows nowhere.</summary>
public sealed class SecretTests
{
    const string Secret = "S3cret-of-this-test";

    static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [PostgresFact]
    public async Task A_silos_password_is_in_no_log_and_no_command_line_also_when_the_database_is_lost()
    {
        await using var machine = new Machine();
        await machine.RunAsync(Machine.Local, "db", "start");
        await machine.RunAsync(Machine.Local, "study", "list"); // makes the database
        // The private server trusts the account and does not look at the password.
        var address = DatabaseAddress.Parse((await machine.RunAsync(Machine.Local, "db", "url")).Trim());
        address.Password = Secret;
        await machine.RunAsync(Machine.Client, "cluster", "up", "--silos", "1", "--workers", "1", "--db", address.ConnectionString);
        var status = await machine.RunAsync(Machine.Client, "cluster", "status", "--format", "json", "--db", address.ConnectionString);
        Assert.DoesNotContain(Secret, status, StringComparison.Ordinal);
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
            Assert.DoesNotContain(Secret, CommandLine(folder), StringComparison.Ordinal);

        var calm = await machine.RunAsync(Machine.Client, "cluster", "logs", "--lines", "10000");
        await machine.StopDatabaseAsync();
        var began = TimeProvider.System.GetTimestamp();
        string lost;
        do
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, "the silo wrote nothing about the lost database");
            await Task.Delay(500);
            lost = await machine.RunAsync(Machine.Client, "cluster", "logs", "--lines", "10000");
        }
        while (lost.Length <= calm.Length);
        // Silos leave the cluster in its table.
        await machine.RunAsync(Machine.Local, "db", "start");
        Assert.DoesNotContain(Secret, lost, StringComparison.Ordinal);
    }

    static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }
}
