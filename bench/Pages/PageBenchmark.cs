using System.Diagnostics;
using System.Globalization;
using System.Net;
using AtomSets.Browser.Tests;
using AtomSets.Dashboard;
using AtomSets.Materials;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>
/// What the pages of a large study wait for: each question to a server that has just started, and once more. The study has the whole log of a real one; it is
/// made once and kept in a home of its own beneath <c>ATOMSETS_HOME</c>.
/// </summary>
sealed class PageBenchmark(int trainings) : IRow
{
    const string Study = "giant";

    /// <summary>As the pages ask.</summary>
    static readonly string[] Questions =
    [
        "studies/giant?quick=true", "studies/giant", "studies/giant/plan", "studies/giant/configurations?sort=validation&limit=200", "studies/giant/configurations?sort=validation&limit=200&offset=9800", "studies/giant/curves?points=100&limit=1000",
        "studies/giant/curves?points=100&limit=5000", "studies/giant/scaling", "studies/giant/searches", "studies/giant/importance", "studies/giant/parity?target=dear&limit=5000", "studies",
    ];

    public static IEnumerable<IRow> All { get; } = [new PageBenchmark(5_000), new PageBenchmark(10_000)];

    public string Name => string.Create(CultureInfo.InvariantCulture, $"pages-{trainings}");

    public string Group => "pages";

    public string About => string.Create(CultureInfo.InvariantCulture, $"what the pages of a study of {trainings} trainings wait for, of a server that has just started; no peer");

    public int Cores => 2;

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs) => MeasureAsync(runs).GetAwaiter().GetResult();

    async Task<IReadOnlyList<Measurement>> MeasureAsync(int runs)
    {
        var home = Path.Combine(DataLocations.FromEnvironment().Home, "bench", Name);
        Directory.CreateDirectory(home);
        var place = ServerPlace.OfHome(home);
        await using var database = await Database.OpenAsync(new DatabaseOptions { Place = place });
        var log = new PostgresStudyLog(database);
        if (await log.FindAsync(Study, default) is not { Header.Status: StudyStatus.Finished })
        {
            // Half of it, where the making was interrupted.
            await log.DeleteAsync(Study, default);
            await new GiantStudy(database, Study).WriteAsync(trainings);
        }
        var measured = new List<Measurement>();
        // The first warms the code up, as a second study finds it.
        await AskAsync(database, home, Questions[1]);
        foreach (var question in Questions)
        {
            var times = new (double Cold, double Warm, int Bytes)[runs];
            for (var run = 0; run < runs; run++) times[run] = await AskAsync(database, home, question);
            var cold = Array.ConvertAll(times, time => time.Cold);
            var (median, warm) = (Measurement.Quantile(cold, 0.5), Measurement.Quantile(Array.ConvertAll(times, time => time.Warm), 0.5));
            measured.Add(new(question, 1e3 * median, null, "ms", null, (cold.Max() - cold.Min()) / median, null, runs, string.Create(CultureInfo.InvariantCulture,
                $"{1e3 * cold.Min():F0} … {1e3 * cold.Max():F0} ms; asked again {1e3 * warm:F0} ms; {times[0].Bytes >> 10} KiB")));
        }
        return measured;
    }

    /// <summary>A server that has read nothing yet is asked twice.</summary>
    static async Task<(double Cold, double Warm, int Bytes)> AskAsync(Database database, string home, string question)
    {
        await using var session = await new BenchSessions(database, home).OpenAsync(default!, default);
        await using var server = await DashboardServer.StartAsync(
            new DashboardSources(session.Engine, session.Ledger, database, session.Artifacts) { Time = TimeProvider.System }, new IPEndPoint(IPAddress.Loopback, 0), token: null, default);
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        var address = new Uri(server.Address, "api/v1/" + question);
        var began = Stopwatch.GetTimestamp();
        var bytes = (await client.GetByteArrayAsync(address)).Length;
        var cold = Stopwatch.GetElapsedTime(began).TotalSeconds;
        began = Stopwatch.GetTimestamp();
        await client.GetByteArrayAsync(address);
        var warm = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return (cold, warm, bytes);
    }
}
