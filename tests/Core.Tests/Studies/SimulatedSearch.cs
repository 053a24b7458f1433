using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A study of one search, run by so many simulated workers whose trials end in a keyed random order.</summary>
sealed class SimulatedSearch
{
    readonly Func<JsonObject, double> _score;
    readonly KeyedStream _order;
    readonly List<RequestTrial> _waiting = [];
    readonly List<RequestTrial> _running = [];
    readonly int _workers;
    ulong _ended;

    /// <param name="score">Of a resolved spec.</param>
    /// <param name="seed">Of the order in which trials end.</param>
    public SimulatedSearch(ResolvedStudy study, Func<JsonObject, double> score, int workers, ulong seed)
    {
        _score = score;
        _workers = workers;
        _order = new KeyedStream(seed, "order");
        State = Take(null, new StudyStarted(study));
    }

    public StudyState State { get; private set; }

    /// <summary>As a host stores them.</summary>
    public List<StudyEvent> Events { get; } = [];

    /// <summary>What was decided, in order.</summary>
    public List<string> Decisions { get; } = [];

    /// <summary>Nodes in the order in which they were requested.</summary>
    public List<string> Requested { get; } = [];

    /// <summary>Epochs trained by a resolved spec's trial, those of earlier rungs included; by default none.</summary>
    public Func<JsonObject, int> Epochs { get; init; } = _ => 0;

    /// <summary>Most trials that ran at once.</summary>
    public int Busiest { get; private set; }

    /// <summary>Runs to the end, or until so many trials have ended.</summary>
    public SimulatedSearch Run(int trials = int.MaxValue)
    {
        for (var ended = 0; ended < trials; ended++)
        {
            while (_running.Count < _workers && _waiting.Count > 0)
            {
                var next = _waiting.MinBy(request => request.Order)!;
                _waiting.Remove(next);
                _running.Add(next);
            }
            Busiest = Math.Max(Busiest, _running.Count);
            if (_running.Count == 0) return this;
            var request = _running[(int)_order.Below(_ended++, (ulong)_running.Count)];
            _running.Remove(request);
            var spec = JsonNode.Parse(request.Spec.Json)!.AsObject();
            var score = _score(spec);
            Apply(double.IsNaN(score)
                ? new TrialFailed(request.Key, 1, "it diverged", Transient: false)
                : new TrialFinished(request.Key, new ValidationScore("mae", score, "eV")) { Epochs = Epochs(spec) });
        }
        return this;
    }

    /// <summary>Any event; a cancelled study's workers stop.</summary>
    public void Apply(StudyEvent happened)
    {
        if (happened is CancelRequested)
        {
            _waiting.Clear();
            _running.Clear();
        }
        State = Take(State, happened);
    }

    /// <summary>Forgets the state and makes it again from a snapshot.</summary>
    public void Restart() => State = StudyMachine.Restore(StudyMachine.Snapshot(State));

    /// <summary>Every trial of the study, whatever the order.</summary>
    public ImmutableSortedSet<string> Keys() => [.. State.Rows().Where(row => row.Key is not null).Select(row => row.Key!.Value.Hex)];

    StudyState Take(StudyState? before, StudyEvent happened)
    {
        var step = StudyMachine.Apply(before, happened);
        Events.Add(step.Drawn is null ? happened : happened with { Drawn = step.Drawn });
        foreach (var request in step.Commands.OfType<RequestTrial>())
        {
            _waiting.Add(request);
            Requested.Add(request.Node);
        }
        Decisions.AddRange(step.Decisions.Select(decision => decision.Text));
        return step.State;
    }
}
