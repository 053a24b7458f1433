using AtomSets.Commands;
using AtomSets.Local;

var consoles = new ProgramConsoles();
var context = new CliContext(consoles.Results, consoles.Messages, Environment.GetEnvironmentVariable, TimeProvider.System,
    new LocalSessions(consoles.Say, TimeProvider.System)) { Progress = consoles.Progress };
return await CommandLine.RunAsync(args, context);
