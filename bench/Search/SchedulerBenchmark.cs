using System.Collections.Immutable;
using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>
/// The study and pool machines with simulated workers, one in fifty of whom is lost: processor time of an event, from the first report to the last. The
/// beginning (all draws of a random search at once, all workers) is timed apart.
/// </summary>
sealed class SchedulerBenchmark(int trials, bool prunes) : IRow
{
    const int Workers = 1000;

    public static IEnumerable<IRow> All { get; } =
        [.. new[] { false, true }.SelectMany(prunes => new[] { 1_000, 10_000, 100_000 }.Select(trials => new SchedulerBenchmark(trials, prunes)))];

    public string Name => string.Create(CultureInfo.InvariantCulture, $"scheduler-{(prunes ? "asha" : "random")}-{trials}");

    public string Group => "scheduler";

    public string About => string.Create(CultureInfo.InvariantCulture, $"{trials} draws on {Workers} simulated workers, one in fifty lost{(prunes ? ", pruned by successive halving" : "")}: processor time of an event; no peer");

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        // The long ones once: a run is a thousand times longer than any hiccup. The others warm up first.
        var count = trials >= 100_000 ? 1 : runs;
        if (count > 1) new Run(trials, prunes).ToEnd();
        Run[] all = [.. Enumerable.Range(0, count).Select(_ => new Run(trials, prunes))];
        foreach (var run in all) run.ToEnd();
        double[] each = [.. all.Select(run => run.EventMicroseconds)];
        var (median, last) = (Measurement.Quantile(each, 0.5), all[^1]);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return
        [
            new(Name, median, null, "µs/event", null, (each.Max() - each.Min()) / median, null, count, string.Create(CultureInfo.InvariantCulture,
                $"{last.Finished} trials finished, each once, {last.Lost} workers lost, {last.Events} events; beginning {last.BeginSeconds:F2} s and all {last.Seconds:F2} s of processor time, peak memory {process.PeakWorkingSet64 >> 20} MiB; no peer")),
        ];
    }

    sealed class Run(int trials, bool prunes)
    {
        readonly KeyedStream _random = new(1, "scheduler");
        readonly List<AssignTrial> _running = [];
        readonly HashSet<TrialKey> _finished = [];
        PoolState _pool = PoolState.Empty();
        ulong _draws;

        public int Finished => _finished.Count;

        public int Lost { get; private set; }

        public long Events { get; private set; }

        public double BeginSeconds { get; private set; }

        public double Seconds { get; private set; }

        public double EventMicroseconds { get; private set; }

        public void ToEnd()
        {
            var started = Environment.CpuUsage.TotalTime;
            ImmutableArray<SearchDimension> space = [new FloatDimension("x", 0, 1), new FloatDimension("y", 0, 1)];
            var search = new SearchNode("search", "random", trials, space, [new SpecTemplate("""{"kind":"train","x":{"$draw":"x"},"y":{"$draw":"y"}}""")])
            {
                Pruning = prunes ? new Pruning(PruningRule.Asha, [1, 3, 9]) : null,
            };
            var step = StudyMachine.Apply(null, new StudyStarted(new ResolvedStudy { Name = "s", Seed = 1, Nodes = [search, new SelectNode("best", ["search"])] }));
            for (var i = 0; i < Workers; i++) Tell(new WorkerJoined(string.Create(CultureInfo.InvariantCulture, $"w{i}")));
            Submit(step);
            var (begun, before) = (Environment.CpuUsage.TotalTime, Events);
            while (_running.Count > 0)
            {
                var at = (int)_random.Below(_draws++, (ulong)_running.Count);
                var trial = _running[at];
                _running[at] = _running[^1];
                _running.RemoveAt(_running.Count - 1);
                if (_random.Below(_draws++, 50) == 0)
                {
                    Lost++;
                    Tell(new WorkerLeft(trial.Workers[0]));
                    Tell(new WorkerJoined(trial.Workers[0]));
                    continue;
                }
                if (!_finished.Add(trial.Key)) throw new BenchException($"trial {trial.Key.Short} ran twice");
                Events++;
                step = StudyMachine.Apply(step.State, new TrialFinished(trial.Key, new ValidationScore("mae", _random.Uniform(_draws++), "eV")));
                Submit(step);
                Tell(new WorkerReported(trial.Workers[0], trial.Key, trial.Ticket, AttemptEnd.Settled));
            }
            var ended = Environment.CpuUsage.TotalTime;
            (BeginSeconds, Seconds) = ((begun - started).TotalSeconds, (ended - started).TotalSeconds);
            EventMicroseconds = (ended - begun).TotalMicroseconds / (Events - before);
            if (step.State.Status != StudyStatus.Finished) throw new BenchException($"the study ended as {step.State.Status}");
        }

        void Submit(StudyStep step)
        {
            ImmutableArray<PoolTrial> requests = [.. step.Commands.OfType<RequestTrial>().Select(request => new PoolTrial(request.Key, request.Order))];
            if (!requests.IsEmpty) Tell(new TrialsSubmitted("s", 0, requests));
        }

        void Tell(PoolEvent happened)
        {
            Events++;
            var step = PoolMachine.Apply(_pool, happened);
            _pool = step.State;
            _running.AddRange(step.Commands.OfType<AssignTrial>());
        }
    }
}
