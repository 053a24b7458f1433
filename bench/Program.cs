using System.CommandLine;
using AtomSets.Bench;
using AtomSets.Materials;

const int badInput = 2;
#if ORLEANS
if (args is [AveragingSilo.Verb, ..]) return await AveragingSilo.RunAsync(args[1..]);
#endif
var rows = NamedRow.Of(AllRows.Rows);
var names = new Argument<string[]>("names") { Description = "Which rows; the usual ones when left out.", Arity = ArgumentArity.ZeroOrMore };
names.Validators.Add(result =>
{
    foreach (var name in result.Tokens.Select(token => token.Value).Where(name => !rows.Any(row => row.Is(name))))
        result.AddError($"no benchmark is called '{name}'; " + NearestName.Advice(name, rows.Select(row => row.Row.Group ?? row.Name).Distinct(StringComparer.Ordinal)));
});
var format = new Option<string>("--format") { Description = "table or json.", DefaultValueFactory = _ => "table" };
format.AcceptOnlyFromAmong("table", "json");
var pin = new Option<int>("--pin") { Description = "The first core that both sides are held to.", DefaultValueFactory = _ => 0 };
pin.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is var core && (core < 0 || core >= Environment.ProcessorCount))
        result.AddError($"--pin {core}: the cores are 0 to {Environment.ProcessorCount - 1}");
});
var runs = new Option<int>("--runs") { Description = "Runs of each side, in turns.", DefaultValueFactory = _ => 9 };
runs.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() < 1) result.AddError("--runs is at least 1");
});
var list = new Option<bool>("--list") { Description = "Names the rows and what they measure." };
var here = new Option<bool>(RowProcess.Here) { Hidden = true };
var command = new RootCommand("Measures our side and a peer in turns, each row in a process of its own.") { names, format, pin, runs, list, here };
command.SetAction(result =>
{
    var isTable = result.GetValue(format) == "table";
    var given = result.GetValue(names) ?? [];
    if (result.GetValue(list))
    {
        Console.WriteLine(isTable ? string.Join('\n', rows.Select(row => $"{row.Name,-20} {row.About}{(row.Row.IsUsual ? "" : " (only when named)")}")) : Report.ListToJson(rows));
        return 0;
    }
    if (result.GetValue(here)) return MeasureHere(rows.Single(row => row.Name == given[0]), result.GetValue(runs));
    // Where the processor has no AVX-512, the rows on AVX2 would only repeat the others.
    var isWide = AtomSets.Tensors.CpuKernels.BestPath == AtomSets.Tensors.CpuPath.Avx512;
    var wanted = rows.Where(row => given.Length > 0 ? given.Any(row.Is) : row.Row.IsUsual && (isWide || !row.IsNarrow)).ToList();
    return MeasureAll(wanted, isTable, result.GetValue(pin), result.GetValue(runs));
});
var parsed = command.Parse(args);
if (parsed.Errors.Count == 0) return parsed.Invoke();
Console.Error.WriteLine($"atomsets: {parsed.Errors[0].Message}");
return badInput;

static int MeasureAll(IReadOnlyList<NamedRow> wanted, bool isTable, int pin, int runs)
{
    (isTable ? Console.Out : Console.Error).WriteLine(Machine.Describe());
    if (Machine.IsBusy) Console.Error.WriteLine("other programs are at work on this machine: what is measured beside them is of little worth");
    if (isTable) Console.WriteLine(Report.Header);
    var measured = new List<Measurement>();
    var failed = false;
    foreach (var row in wanted)
    {
        try
        {
            var lines = RowProcess.Measure(row, pin, runs).Select(line => row.Row.Beside(line, measured)).ToList();
            measured.AddRange(lines);
            if (isTable) Console.WriteLine(string.Join('\n', lines.Select(Report.Row)));
        }
        catch (BenchException failure)
        {
            Console.Error.WriteLine($"{row.Name}: {failure.Message}");
            failed = true;
        }
    }
    Console.WriteLine(isTable ? $"{Report.Legend}\nat the end: {Machine.Describe()}" : Report.ToJson(measured));
    return failed ? 1 : 0;
}

static int MeasureHere(NamedRow row, int runs)
{
    try
    {
        RowProcess.MeasureHere(row, runs);
        return 0;
    }
    catch (Exception failure) when (failure is BenchException or InputException)
    {
        Console.Error.WriteLine(failure.Message);
        return 1;
    }
}
