using System.Diagnostics;
using System.Globalization;
using AtomSets.Commands;
using AtomSets.Materials;
using AtomSets.Storage;
using Npgsql;
using Spectre.Console;

namespace AtomSets.Bench;

/// <summary>
/// The questions of <c>results</c> over a generated database, each verb to its last printed row: in a program that runs already, and started anew. The
/// database is made once and kept in a home of its own beneath <c>ATOMSETS_HOME</c>.
/// </summary>
sealed class QueryBenchmark(long trials) : IRow
{
    const ulong Seed = 1;
    const int EpochsPerTrial = 50;

    /// <summary>Over everything, and over the giant study; those at the end are one study's or one trial's.</summary>
    static readonly string[] Questions =
    [
        "best", "best giant", "best --by study,mode,size", "transfer", "transfer giant", "transfer --by mode,size", "sizes", "sizes giant", "trials --model megnet", "trials giant --model net",
        "trials --data ionic --size 800 --seed 3", "curves giant --mode full", "curves giant --best", "curves --best", "residuals giant --mode full", "worst", "worst giant", "worst giant --size 100 --mode full",
        "cost", "cost --by machine,family", "cost --by model", "cost giant --by worker", "cost --by trial --limit 20", "compare giant ladder-0002", "compare search-0003 search-0005",
        "giant --by mode,size", "--by property,mode,size", "giant --by mode,size,seed", "giant --runs --limit 1000",
        "sql #select property, mode, size, sum(wins), sum(pairs) from configuration_rows where pairs > 0 group by 1, 2, 3 order by 1, 2, 3#",
        "sql #select r.mode, r.size, avg(r.test_error) from result_rows r where r.study = 'giant' group by 1, 2 order by 1, 2#",
    ];

    public static IEnumerable<IRow> All { get; } = [new QueryBenchmark(10_000), new QueryBenchmark(100_000), new QueryBenchmark(1_000_000)];

    public string Name => string.Create(CultureInfo.InvariantCulture, $"queries-{trials}");

    public string Group => "queries";

    public string About => string.Create(CultureInfo.InvariantCulture, $"each question of results over {trials} generated trials and {trials * EpochsPerTrial} epochs, made first and kept; no peer");

    public int Cores => 2;

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs) => MeasureAsync(runs).GetAwaiter().GetResult();

    async Task<IReadOnlyList<Measurement>> MeasureAsync(int runs)
    {
        var home = Path.Combine(DataLocations.FromEnvironment().Home, "bench", Name);
        Directory.CreateDirectory(home);
        var place = ServerPlace.OfHome(home);
        await FillAsync(place);
        try
        {
            var restarted = Questions.ToDictionary(question => question, _ => new double[runs], StringComparer.Ordinal);
            for (var run = 0; run < runs; run++)
            {
                // Kept until the end: the programs that are started below find it running, as they do beside a study.
                await PrivateServer.StopAsync(place, force: true);
                await PrivateServer.StartAsync(place);
                await using var cold = await Database.OpenAsync(new DatabaseOptions { Place = place });
                // Each time another question comes first.
                for (var i = 0; i < Questions.Length; i++)
                {
                    var question = Questions[(i + (run * 7)) % Questions.Length];
                    (restarted[question][run], _) = await RunAsync(new BenchSessions(cold, home), Arguments(question));
                }
            }
            var measured = new List<Measurement>();
            await using var database = await Database.OpenAsync(new DatabaseOptions { Place = place });
            foreach (var question in Questions) measured.Add(await AskAsync(question, new BenchSessions(database, home), home, restarted[question]));
            return measured;
        }
        finally
        {
            await PrivateServer.StopAsync(place, force: true);
        }
    }

    async Task FillAsync(ServerPlace place)
    {
        await using var database = await Database.OpenAsync(new DatabaseOptions { Place = place });
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var count = new NpgsqlCommand("SELECT count(*) FROM studies", connection);
        if ((long)(await count.ExecuteScalarAsync())! > 0) return;
        var watch = Stopwatch.StartNew();
        var made = await new StudyGenerator(connection, trials, trials * EpochsPerTrial, Seed).RunAsync();
        var copied = watch.Elapsed;
        await DatabaseLoader.ExecuteAsync(connection, "SELECT rebuild_results()");
        var derived = watch.Elapsed;
        await DatabaseLoader.ExecuteAsync(connection, "VACUUM ANALYZE");
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{made}: copied in {copied.TotalSeconds:F0} s, results derived in {(derived - copied).TotalSeconds:F0} s, vacuumed in {(watch.Elapsed - derived).TotalSeconds:F0} s"));
    }

    static async Task<Measurement> AskAsync(string question, BenchSessions sessions, string home, double[] restarted)
    {
        var runs = restarted.Length;
        var (_, rows) = await RunAsync(sessions, Arguments(question));
        var (times, started) = (new double[runs], new double[runs]);
        for (var run = 0; run < runs; run++) (times[run], _) = await RunAsync(sessions, Arguments(question));
        for (var run = 0; run < runs; run++) started[run] = Start(Arguments(question), home);
        var median = Measurement.Quantile(times, 0.5);
        return new(question, 1e3 * median, null, "ms", null, (Measurement.Quantile(times, 0.75) - Measurement.Quantile(times, 0.25)) / median, null, runs,
            $"{rows} rows; {Range(times)} ms; after a restart of the server {Range(restarted)}; with the program's start {Range(started)}");
    }

    static string Range(double[] seconds) => string.Create(CultureInfo.InvariantCulture, $"{1e3 * seconds.Min():F0} … {1e3 * Measurement.Quantile(seconds, 0.5):F0} … {1e3 * seconds.Max():F0}");

    static string[] Arguments(string question) => ["results", .. Words(question), "--format", "csv"];

    static IEnumerable<string> Words(string question) => question.Split('#') is [var before, var sql, _] ? [before.Trim(), sql] : question.Split(' ');

    static async Task<(double Seconds, int Rows)> RunAsync(BenchSessions sessions, string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var began = Stopwatch.GetTimestamp();
        var code = await CommandLine.RunAsync(arguments, new CliContext(console, error, _ => null, TimeProvider.System, sessions));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (code != 0) throw new BenchException($"{string.Join(' ', arguments)}: {error}");
        return (seconds, output.ToString().Count(character => character == '\n') - 1);
    }

    /// <summary>The program itself, where the launcher builds it.</summary>
    static double Start(string[] arguments, string home)
    {
        var program = Path.Combine(Environment.GetEnvironmentVariable("ATOMSETS_ROOT") is { Length: > 0 } root ? root : Directory.GetCurrentDirectory(), "Local", "bin", "Release", "net10.0", "atomsets");
        if (!File.Exists(program)) throw new BenchException($"{program} is not there: type ./atomsets bench, which builds it");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["ATOMSETS_HOME"] = home;
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
