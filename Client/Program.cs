using AtomSets.Client;
using AtomSets.Commands;
using Spectre.Console;

var console = AnsiConsole.Console;
// Rows in a pipe or a file are not folded.
if (Console.IsOutputRedirected) console.Profile.Width = 10_000;
var context = new CliContext(console, Console.Error, Environment.GetEnvironmentVariable, TimeProvider.System,
    new ClusterSessions(Console.Error.WriteLine, TimeProvider.System)) { Cluster = new LocalSilos(Environment.GetEnvironmentVariable, TimeProvider.System) };
return await CommandLine.RunAsync(args, context);
