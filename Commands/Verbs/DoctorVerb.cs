using System.CommandLine;

namespace AtomSets.Commands;

/// <summary><c>atomsets doctor</c>: what is installed, what is missing and how to get it.</summary>
static class DoctorVerb
{
    public static Command Create(CliContext context)
    {
        var format = CommonOptions.Format();
        var command = new Command("doctor", "Shows what this machine has, what is missing and how to get it.\n\nExample: atomsets doctor") { format };
        command.SetAction(result =>
        {
            var checks = new MachineChecks(context.Environment).Run();
            var chosen = result.GetValue(format);
            var table = new RowTable("check", "state", "found", "what to do");
            foreach (var check in checks) table.Add(check.Name, check.State.ToString().ToLowerInvariant(), check.Found, check.Remedy);
            table.Write(context.Console, chosen);
            var missing = checks.Count(check => check.State == CheckState.Missing);
            if (chosen == OutputFormat.Table)
                context.Console.WriteLine(missing == 0 ? "Everything that AtomSets Cluster needs is here." : $"{missing} missing: see the last column.");
            return missing == 0 ? ExitCodes.Done : ExitCodes.FailedWork;
        });
        return command;
    }
}
