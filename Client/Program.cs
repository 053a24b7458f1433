using AtomSets.Client;
using AtomSets.Commands;

var consoles = new ProgramConsoles();
var context = new CliContext(consoles.Results, Console.Error, Environment.GetEnvironmentVariable, TimeProvider.System,
    new ClusterSessions(consoles.Say, TimeProvider.System))
{
    Cluster = new LocalSilos(Environment.GetEnvironmentVariable, TimeProvider.System), Progress = consoles.Progress,
};
return await CommandLine.RunAsync(args, context);
