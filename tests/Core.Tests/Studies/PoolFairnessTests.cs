using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>Sharded and single trials of several studies on one pool: nothing waits for ever, nothing holds the others up.</summary>
public sealed class PoolFairnessTests
{
    [Fact]
    public void Every_trial_is_placed_and_ends_whatever_the_gangs_priorities_and_workers_that_come_and_go()
    {
        for (var seed = 1UL; seed <= 500; seed++)
        {
            try
            {
                new Schedule(seed).Run();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"schedule {seed}: {e.Message}", e);
            }
        }
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    public void Neither_a_stream_of_single_trials_nor_one_of_gangs_keeps_the_other_waiting(int streamShards, int lateShards)
    {
        var schedule = new Schedule(1, workers: 4, maxGang: 4);
        for (var i = 0; i < 8; i++) schedule.Submit("stream", 0, streamShards);
        schedule.Submit("late", 0, lateShards);
        // The stream never ends: for each of its trials that ends another comes. The next worker that is free is the late study's.
        schedule.EndOne("stream");
        Assert.Equal(1, schedule.PlacedOf("late"));
        for (var i = 0; i < 50; i++)
        {
            schedule.Submit("stream", 0, streamShards);
            schedule.Submit("late", 0, lateShards);
            schedule.EndOne();
        }
        Assert.InRange(schedule.PlacedOf("late"), 10, 50);
        Assert.InRange(schedule.PlacedOf("stream"), 10, 50);
    }

    [Fact]
    public void Workers_that_a_gang_gives_back_are_the_next_gangs_together()
    {
        var schedule = new Schedule(1, workers: 4, maxGang: 4);
        for (var i = 0; i < 3; i++) schedule.Submit("s", 0, 4);
        Assert.Equal(1, schedule.PlacedOf("s"));
        schedule.EndOne();
        Assert.Equal((2, 4), (schedule.PlacedOf("s"), schedule.LastGang));
    }

    [Fact]
    public void A_higher_priority_comes_first_and_the_lower_when_the_higher_leaves_a_worker_free()
    {
        var schedule = new Schedule(1, workers: 2, maxGang: 2);
        schedule.Submit("low", 0, 1);
        schedule.Submit("low", 0, 1);
        for (var i = 0; i < 3; i++) schedule.Submit("high", 5, 2);
        schedule.Submit("low", 0, 2);
        schedule.EndOne("low");
        schedule.EndOne("low");
        Assert.Equal(2, schedule.PlacedOf("high"));
        schedule.EndOne("high");
        Assert.Equal((3, 2), (schedule.PlacedOf("high"), schedule.PlacedOf("low")));
        schedule.EndOne("high");
        Assert.Equal(3, schedule.PlacedOf("low"));
    }

    /// <summary>A pool whose trials end in a keyed random order, checked after each event.</summary>
    sealed class Schedule
    {
        readonly KeyedStream _random;
        readonly Dictionary<TrialKey, (string Study, int Shards)> _open = [];
        readonly Dictionary<long, AssignTrial> _running = [];
        readonly Dictionary<string, int> _placed = new(StringComparer.Ordinal);
        readonly HashSet<string> _workers = new(StringComparer.Ordinal);
        readonly int _maxGang;
        PoolState _pool;
        ulong _position;
        int _names, _order;

        public Schedule(ulong seed, int workers = 0, int maxGang = 0)
        {
            _random = new KeyedStream(seed, "fairness");
            _maxGang = maxGang > 0 ? maxGang : 1 + Below(6);
            _pool = PoolState.Empty(_maxGang);
            for (var i = 0; i < workers; i++) Join();
        }

        /// <summary>Workers of the trial placed last.</summary>
        public int LastGang { get; private set; }

        public int PlacedOf(string study) => _placed.GetValueOrDefault(study);

        public void Run()
        {
            for (var step = 0; step < 150; step++)
            {
                switch (Below(6))
                {
                    case 0:
                        Join();
                        break;
                    case 1 when _workers.Count > 0:
                        Leave(_workers.Order(StringComparer.Ordinal).ElementAt(Below(_workers.Count)));
                        break;
                    case 2 or 3:
                        Submit($"s{Below(4)}", Below(3), 1 + Below(8));
                        break;
                    default:
                        EndOne();
                        break;
                }
            }
            if (_workers.Count == 0) Join();
            var left = _open.Count;
            for (var ends = 0; _open.Count > 0; ends++)
            {
                Assert.True(ends <= left, $"{_open.Count} trials never came to a worker");
                EndOne();
            }
            Assert.Equal((0, _workers.Count), (_pool.TrialCount, _pool.FreeCount));
        }

        public void Submit(string study, int priority, int shards)
        {
            var key = Samples.Train($"trial-{_order}").Key;
            _open.Add(key, (study, shards));
            Apply(new TrialsSubmitted(study, priority, [new PoolTrial(key, _order++, shards)]));
        }

        public void EndOne(string? study = null)
        {
            var ends = _running.Values.Where(run => study is null || _open[run.Key].Study == study).OrderBy(run => run.Ticket).ToArray();
            if (ends.Length == 0) return;
            var run = ends[Below(ends.Length)];
            _running.Remove(run.Ticket);
            Apply(new GangReported(run.Workers, run.Key, run.Ticket, AttemptEnd.Settled), ends: run.Key);
        }

        void Join()
        {
            var name = $"w{_names++}";
            _workers.Add(name);
            Apply(new WorkerJoined(name));
        }

        void Leave(string worker)
        {
            _workers.Remove(worker);
            Apply(new WorkerLeft(worker));
        }

        void Apply(PoolEvent happened, TrialKey? ends = null)
        {
            if (ends is { } key) _open.Remove(key);
            var step = PoolMachine.Apply(_pool, happened);
            _pool = step.State;
            var stopped = new List<RevokeTrial>();
            foreach (var command in step.Commands)
            {
                if (command is RevokeTrial revoke) stopped.Add(revoke);
                if (command is not AssignTrial assign) continue;
                Assert.InRange(assign.Workers.Length, 1, Math.Min(_maxGang, _open[assign.Key].Shards));
                Assert.All(assign.Workers, worker => Assert.Contains(worker, _workers));
                _running.Add(assign.Ticket, assign);
                LastGang = assign.Workers.Length;
                var study = _open[assign.Key].Study;
                _placed[study] = _placed.GetValueOrDefault(study) + 1;
            }
            // Nobody idles while anything waits.
            if (_pool.FreeCount > 0) Assert.All(_open.Values.Select(trial => trial.Study).Distinct(), study => Assert.Equal(0, _pool.WaitingOf(study)));
            foreach (var left in _running.Values.Where(run => happened is WorkerLeft gone && run.Workers.Contains(gone.Worker)).ToArray()) _running.Remove(left.Ticket);
            // The rest of a broken gang lets go.
            foreach (var revoke in stopped.Where(revoke => ends is null)) Apply(new WorkerReported(revoke.Worker, revoke.Key, revoke.Ticket, AttemptEnd.Given));
        }

        int Below(int bound) => (int)_random.Below(_position++, (ulong)bound);
    }
}
