using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary><c>atomsets bench</c>: starts the program of <c>bench/</c>, which knows the benchmarks and prints its table itself.</summary>
static class BenchVerb
{
    const string Program = "AtomSets.Bench";

    public static Command Create(CliContext context)
    {
        var names = new Argument<string[]>("name") { Description = "Which benchmarks; the usual ones when left out.", Arity = ArgumentArity.ZeroOrMore };
        var format = new Option<string>("--format") { Description = "How to print: table or json.", HelpName = "table|json", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json");
        var runs = new Option<int?>("--runs") { Description = "Runs of each side, in turns; default: 9.", HelpName = "n" };
        var pin = new Option<int?>("--pin") { Description = "The first core that both sides are held to; default: 0.", HelpName = "core" };
        var list = new Option<bool>("--list") { Description = "Names the benchmarks and what they measure." };
        var command = new Command("bench", "Measures training, prediction and neighbour lists beside PyTorch and pymatgen, in turns on one core (minutes)."
            + "\n\nExamples: atomsets bench\n          atomsets bench megnet-step neighbours --runs 15 --format json\n          atomsets bench cluster --cluster") { names, format, runs, pin, list };
        command.SetAction(async (result, cancellation) =>
        {
            var arguments = new List<string>(result.GetValue(names) ?? []) { "--format", result.GetValue(format)! };
            if (result.GetValue(runs) is { } wantedRuns) arguments.AddRange(["--runs", wantedRuns.ToString(CultureInfo.InvariantCulture)]);
            if (result.GetValue(pin) is { } core) arguments.AddRange(["--pin", core.ToString(CultureInfo.InvariantCulture)]);
            if (result.GetValue(list)) arguments.Add("--list");
            using var process = Process.Start(new ProcessStartInfo(Locate(context), arguments) { UseShellExecute = false })!;
            try
            {
                await process.WaitForExitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
            return process.ExitCode;
        });
        return command;
    }

    /// <summary>Where the launcher builds it, or beside this program.</summary>
    static string Locate(CliContext context)
    {
        var beside = Path.Combine(AppContext.BaseDirectory, Program);
        // Built as this program is: in folders of the same names. On a cluster it has more rows.
        var (own, bench) = context.Cluster is null ? ("Local", "bench") : ("Client", Path.Combine("bench", "Cluster"));
        string[] places = context.Environment("ATOMSETS_ROOT") is { Length: > 0 } root
            ? [Path.Combine(root, bench, Path.GetRelativePath(Path.Combine(root, own), AppContext.BaseDirectory), Program), beside]
            : [beside];
        return places.FirstOrDefault(File.Exists)
            ?? throw new InputException($"the benchmarks are not built ({places[0]} is not there): type ./atomsets bench in the program's repository, which builds them first");
    }
}
