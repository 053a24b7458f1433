using AtomSets.Client;
using AtomSets.Commands;

var consoles = new ProgramConsoles();
var silos = new LocalSilos(Environment.GetEnvironmentVariable, TimeProvider.System);
var context = new CliContext(consoles.Results, consoles.Messages, Environment.GetEnvironmentVariable, TimeProvider.System,
    new ClusterSessions(consoles.Say, silos, TimeProvider.System))
{
    Cluster = silos, Progress = consoles.Progress,
};
return await CommandLine.RunAsync(args, context);
