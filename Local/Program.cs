using AtomSets.Commands;
using AtomSets.Local;
using Spectre.Console;

var console = AnsiConsole.Console;
// Rows in a pipe or a file are not folded.
if (Console.IsOutputRedirected) console.Profile.Width = 10_000;
var progress = Console.IsErrorRedirected ? console : AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
// Through the console that draws progress, over the whole width: so a line stands above the drawing and does not tear it.
Action<string> say = Console.IsErrorRedirected ? Console.Error.WriteLine : line => progress.WriteLine(line.PadRight(Math.Max(0, progress.Profile.Width - 3)));
var context = new CliContext(console, Console.Error, Environment.GetEnvironmentVariable, TimeProvider.System, new LocalSessions(say, TimeProvider.System)) { Progress = progress };
return await CommandLine.RunAsync(args, context);
