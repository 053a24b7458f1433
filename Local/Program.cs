using AtomSets.Commands;
using AtomSets.Local;
using Spectre.Console;

var console = AnsiConsole.Console;
// Rows in a pipe or a file are not folded.
if (Console.IsOutputRedirected) console.Profile.Width = 10_000;
var context = new CliContext(console, Console.Error, Environment.GetEnvironmentVariable, TimeProvider.System,
    new LocalSessions(Console.Error.WriteLine, TimeProvider.System));
return await CommandLine.RunAsync(args, context);
