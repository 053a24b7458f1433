using System.CommandLine;
using System.Globalization;
using AtomSets.Bench;
using AtomSets.Materials;

IBenchmark[] all =
[
    new FmaPeak(), new NeighbourBenchmark(), new GraphBenchmark(), MegNetBenchmark.Step, MegNetBenchmark.PlainStep, MegNetBenchmark.Prediction,
];
var names = new Argument<string[]>("names") { Description = "Which; all when left out.", Arity = ArgumentArity.ZeroOrMore };
names.AcceptOnlyFromAmong([.. all.Select(benchmark => benchmark.Name)]);
var format = new Option<string>("--format") { Description = "table or json.", DefaultValueFactory = _ => "table" };
format.AcceptOnlyFromAmong("table", "json");
var pin = new Option<int>("--pin") { Description = "The core that both sides are held to.", DefaultValueFactory = _ => 0 };
var runs = new Option<int>("--runs") { Description = "Runs of each side, in turns.", DefaultValueFactory = _ => 7 };
runs.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() < 1) result.AddError("--runs is at least 1");
});
var command = new RootCommand("Measures our side and a peer in turns, on one core.\n\n"
    + string.Join("\n", all.Select(benchmark => $"  {benchmark.Name,-18} {benchmark.About}"))) { names, format, pin, runs };
command.SetAction(result =>
{
    if (OneCore.Run(result.GetValue(pin), args) is { } code) return code;
    var wanted = result.GetValue(names) is { Length: > 0 } given ? given : [.. all.Select(benchmark => benchmark.Name)];
    var table = result.GetValue(format) == "table";
    var measured = new List<Measurement>();
    var failed = false;
    if (table) Console.WriteLine(Report.Header);
    foreach (var benchmark in all.Where(benchmark => wanted.Contains(benchmark.Name, StringComparer.Ordinal)))
    {
        try
        {
            using var contest = benchmark.Prepare();
            var row = Measurement.Take(benchmark.Name, contest, result.GetValue(runs));
            measured.Add(row);
            if (table) Console.WriteLine($"{Report.Row(row)}\n    {row.Note}");
        }
        catch (Exception failure) when (failure is BenchException or InputException)
        {
            Console.Error.WriteLine($"{benchmark.Name}: {failure.Message}");
            failed = true;
        }
    }
    if (!table) Console.WriteLine(Report.ToJson(measured));
    else if (File.Exists("/proc/loadavg")) Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"\nratio: the peer's time over ours, median of pairs; load averages at the end: {string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3])}"));
    return failed ? 1 : 0;
});
var parsed = command.Parse(args);
var exit = parsed.Invoke();
return parsed.Errors.Count > 0 ? 2 : exit;
