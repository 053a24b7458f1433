using System.Diagnostics;
using System.Globalization;

namespace AtomSets.Bench;

/// <summary>Holds this program and the peers that it starts to one core, by starting itself again under <c>taskset</c>.</summary>
static class OneCore
{
    const string Mark = "ATOMSETS_BENCH_PINNED";

    /// <summary>Runs everything on one core.</summary>
    /// <returns>The exit code of the held copy; null in that copy itself, or where there is no taskset.</returns>
    public static int? Run(int core, string[] arguments)
    {
        if (Environment.GetEnvironmentVariable(Mark) is not null) return null;
        var start = new ProcessStartInfo("taskset",
            ["-c", core.ToString(CultureInfo.InvariantCulture), Environment.ProcessPath!, .. Entry(), .. arguments]);
        start.Environment[Mark] = "1";
        try
        {
            using var held = Process.Start(start)!;
            held.WaitForExit();
            return held.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine("taskset is not there (package util-linux): both sides may use every core");
            return null;
        }
    }

    // Started as "dotnet AtomSets.Bench.dll" the process is the host and needs the assembly again.
    static string[] Entry() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(OneCore).Assembly.Location] : [];
}
