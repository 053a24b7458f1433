using System.CommandLine;
using System.Globalization;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary><c>atomsets cluster …</c>: silos.</summary>
static class ClusterVerbs
{
    public static Command Create(CliContext context, Option<string?> database) =>
        new("cluster", "Starts silos on this machine, and looks after those of a cluster wherever they run. Every verb works on it with --cluster."
            + "\n\nExample: atomsets cluster up --silos 2, then: atomsets study run examples/quick.yaml --cluster")
        {
            Up(context, database),
            Status(context, database),
            Drain(context, database),
            Logs(context, database),
            Down(context, database),
        };

    /// <summary>The option that the launcher looks for: it starts the cluster's executable in place of this one.</summary>
    public static Option<bool> OnCluster() => new("--cluster") { Description = "Work on the cluster that serves the database (cluster up starts one).", Recursive = true };

    static IClusterControl Control(CliContext context) => context.Cluster ?? throw new InputException(
        "this executable has no cluster; start it through the launcher ./atomsets, where the Microsoft.Orleans packages are to be had (docs/cluster.md)");

    static Command Up(CliContext context, Option<string?> database)
    {
        var silos = Count("--silos", "How many silos are to run on this machine; default: 1.");
        var workers = Count("--workers", "Trials at once in each silo, one core each; default: the cores shared out.");
        var device = CommonOptions.Device();
        var command = new Command("up", "Starts silos on this machine, and waits until they serve.\n\nExample: atomsets cluster up --silos 2") { silos, workers, device };
        command.SetAction(async (result, cancellation) =>
        {
            var wanted = result.GetValue(silos) ?? 1;
            await Control(context).UpAsync(new ClusterRequest(result.GetValue(database), wanted, result.GetValue(workers), result.GetValue(device)), context.Error.WriteLine, cancellation);
            context.Error.WriteLine($"{wanted} silo{(wanted == 1 ? "" : "s")} serve{(wanted == 1 ? "s" : "")}. Run a study: atomsets study run examples/quick.yaml --cluster");
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Status(CliContext context, Option<string?> database)
    {
        var format = CommonOptions.Format();
        var command = new Command("status", "Shows the silos of the cluster and what their workers do.\n\nExample: atomsets cluster status") { format };
        command.SetAction(async (result, cancellation) =>
        {
            var table = new RowTable("silo", "state", "process", "workers", "busy", "doing");
            var silos = await Control(context).StatusAsync(result.GetValue(database), cancellation);
            foreach (var silo in silos) table.Add(silo.Silo, silo.State, silo.Process, silo.Workers, silo.Busy, silo.Doing);
            table.Write(context.Console, result.GetValue(format));
            if (silos.Count == 0) context.Error.WriteLine("No silo runs. Start with: atomsets cluster up --silos 2");
            return silos.All(silo => silo.State == "serving") ? ExitCodes.Done : ExitCodes.FailedWork;
        });
        return command;
    }

    static Command Drain(CliContext context, Option<string?> database)
    {
        var silo = new Argument<string>("silo") { Description = "The silo's name (cluster status shows them)." };
        var command = new Command("drain", "Stops one silo, on whichever machine; its trials go on elsewhere, from a checkpoint.\n\nExample: atomsets cluster drain silo-2") { silo };
        command.SetAction(async (result, cancellation) =>
        {
            await Control(context).DrainAsync(result.GetValue(database), result.GetValue(silo)!, cancellation);
            context.Error.WriteLine($"{result.GetValue(silo)} has stopped.");
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Logs(CliContext context, Option<string?> database)
    {
        var silo = new Argument<string?>("silo") { Description = "One silo; all without it.", Arity = ArgumentArity.ZeroOrOne };
        var lines = Count("--lines", "Last lines of each log; default: 20. A silo of another machine keeps 2000.");
        var command = new Command("logs", "Prints the ends of the silos' logs.\n\nExample: atomsets cluster logs silo-1 --lines 100") { silo, lines };
        command.SetAction(async (result, cancellation) =>
        {
            var ends = await Control(context).LogsAsync(result.GetValue(database), result.GetValue(silo), result.GetValue(lines) ?? 20, cancellation);
            foreach (var line in ends) context.Console.Profile.Out.Writer.WriteLine(line);
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Down(CliContext context, Option<string?> database)
    {
        var all = new Option<bool>("--all") { Description = "All silos of the cluster, also those of other machines." };
        var command = new Command("down", "Stops all silos of this machine. Running trials keep a checkpoint; studies go on when silos serve again.\n\nExample: atomsets cluster down") { all };
        command.SetAction(async (result, cancellation) =>
        {
            var (stopped, left) = await Control(context).DownAsync(result.GetValue(database), result.GetValue(all), cancellation);
            context.Error.WriteLine(stopped == 0 ? "No silo ran here." : $"{Silos(stopped)} stopped.");
            if (left > 0) context.Error.WriteLine($"{Silos(left)} of the cluster run{(left == 1 ? "s" : "")} elsewhere; atomsets cluster down --all stops {(left == 1 ? "it" : "them")} too.");
            return ExitCodes.Done;
        });
        return command;

        static string Silos(int count) => $"{count} silo{(count == 1 ? "" : "s")}";
    }

    static Option<int?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "n",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0) return count;
            result.AddError($"{name} {text}: must be a whole number, at least 1");
            return null;
        },
    };
}
