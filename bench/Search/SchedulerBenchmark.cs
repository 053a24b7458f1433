using System.Collections.Immutable;
using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>The study and pool machines with simulated workers: so many trials from the first event to the last, one in fifty loses its worker.</summary>
sealed class SchedulerBenchmark(int trials, bool prunes) : IRow
{
    const int Workers = 1000;

    public static IEnumerable<IRow> All { get; } = [new SchedulerBenchmark(1_000, false), new SchedulerBenchmark(100_000, false), new SchedulerBenchmark(100_000, true)];

    public string Name => string.Create(CultureInfo.InvariantCulture, $"scheduler-{trials}{(prunes ? "-asha" : "")}");

    public string Group => "scheduler";

    public string About => string.Create(CultureInfo.InvariantCulture, $"{trials} trials on {Workers} simulated workers, one in fifty lost{(prunes ? ", pruned by successive halving" : "")}; no peer");

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        var seconds = new List<double>();
        var run = new Run(trials, prunes);
        // The long ones once: a run is a thousand times longer than any hiccup.
        for (var i = 0; i < (trials > 10_000 ? 1 : runs); i++)
        {
            run = new Run(trials, prunes);
            seconds.Add(Measurement.Time(run.ToEnd, 1));
        }
        var median = Measurement.Quantile([.. seconds], 0.5);
        return
        [
            new(Name, median, null, "s", null, (seconds.Max() - seconds.Min()) / median, null, seconds.Count, string.Create(CultureInfo.InvariantCulture,
                $"{run.Finished} trials finished, each once, {run.Lost} workers lost, {run.Events} events, {1e6 * median / run.Events:F1} µs an event, peak memory {Environment.WorkingSet >> 20} MiB; no peer")),
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

        public void ToEnd()
        {
            ImmutableArray<SearchDimension> space = [new FloatDimension("x", 0, 1), new FloatDimension("y", 0, 1)];
            var search = new SearchNode("search", "random", trials, space, [new SpecTemplate("""{"kind":"train","x":{"$draw":"x"},"y":{"$draw":"y"}}""")])
            {
                Pruning = prunes ? new Pruning(PruningRule.Asha, [1, 3, 9]) : null,
            };
            var step = StudyMachine.Apply(null, new StudyStarted(new ResolvedStudy { Name = "s", Seed = 1, Nodes = [search, new SelectNode("best", ["search"])] }));
            for (var i = 0; i < Workers; i++) Tell(new WorkerJoined(string.Create(CultureInfo.InvariantCulture, $"w{i}")));
            Submit(step);
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
