using System.Diagnostics;
using System.Globalization;

namespace AtomSets.Storage.Tests;

/// <summary>
/// Another program that shares the private server of its ATOMSETS_HOME, for tests: attaches, says <c>ready PID</c>, leaves when its input
/// ends, says <c>left</c>. A failure is one line <c>error …</c> and exit code 2.
/// </summary>
static class HostProgram
{
    static async Task<int> Main(string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            switch (arguments)
            {
                case ["attach"]:
                    await using (var server = await PrivateServer.AttachAsync(ServerPlace.FromEnvironment())) WaitForEnd(server.Place);
                    break;
                case ["exit"]: // without leaving
                    await PrivateServer.AttachAsync(ServerPlace.FromEnvironment());
                    WaitForEnd(ServerPlace.FromEnvironment());
                    return 0;
                case ["open", .. var address]:
                    await using (var database = await Database.OpenAsync(new DatabaseOptions(address.FirstOrDefault())))
                        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"open {database.Description} after {watch.Elapsed.TotalSeconds:0.000} s"));
                    break;
                default:
                    return 1;
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"left after {watch.Elapsed.TotalSeconds:0.000} s"));
            return 0;
        }
        catch (StorageException e)
        {
            Console.WriteLine("error " + e.Message);
            return 2;
        }
    }

    static void WaitForEnd(ServerPlace place)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ready {ServerStatus.Of(place).Pid}"));
        while (Console.In.ReadLine() is not null) { }
    }
}
