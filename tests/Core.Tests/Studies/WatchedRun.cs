using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A study that simulated workers run on a clock of its own, over stores in memory, so that a follower can watch it.</summary>
sealed class WatchedRun
{
    readonly Func<JsonObject, WatchedRun, Outcome> _compute;
    readonly PriorityQueue<(RequestTrial Request, TrialLease Lease, Outcome Outcome, int Worker), double> _running = new();
    readonly List<RequestTrial> _waiting = [];
    readonly SortedSet<int> _free;
    double _now;
    long _next = 2;

    /// <param name="Score">NaN: it fails.</param>
    public readonly record struct Outcome(double Seconds, double Score);

    /// <param name="compute">What a resolved spec leads to.</param>
    public WatchedRun(ResolvedStudy study, int workers, Func<JsonObject, WatchedRun, Outcome> compute)
    {
        (Study, _compute) = (study, compute);
        Ledger = new InMemoryTrialLedger(Time);
        Metrics = new InMemoryMetricSink(Ledger);
        Log = new InMemoryStudyLog(Time);
        _free = [.. Enumerable.Range(1, workers)];
        new StudyControl(Log, Time).SubmitAsync(study, default).GetAwaiter().GetResult();
        Take(StudyMachine.Apply(null, new StudyStarted(study)));
    }

    public ResolvedStudy Study { get; }

    public ManualTime Time { get; } = new();

    public InMemoryStudyLog Log { get; }

    public InMemoryTrialLedger Ledger { get; }

    public InMemoryMetricSink Metrics { get; }

    public StudyState State { get; private set; } = null!;

    /// <summary>Seconds since the start.</summary>
    public double Now => _now;

    public int Running => _running.Count;

    /// <summary>What each event did.</summary>
    public List<(StudyStep Step, StudyEvent Event)> Steps { get; } = [];

    public StudyFollower Follow() => new(Study.Name, Log, Ledger, Metrics, Time, new StudyFollowerOptions { SizeOf = SizeOf });

    public static TrainingSize SizeOf(SpecTemplate template)
    {
        var spec = JsonNode.Parse(template.Json)!;
        return new TrainingSize(spec["rows"]?.GetValue<double>() ?? 1, spec["epochs"]?.GetValue<int>());
    }

    /// <summary>Runs until so many more trials have ended, or the study has.</summary>
    public async Task<WatchedRun> RunAsync(int trials = int.MaxValue)
    {
        for (var ended = 0; ended < trials; ended++)
        {
            await AssignAsync();
            if (!_running.TryDequeue(out var next, out var at)) break;
            Time.Advance(TimeSpan.FromSeconds(at - _now));
            _now = at;
            _free.Add(next.Worker);
            StudyEvent happened;
            if (double.IsNaN(next.Outcome.Score))
            {
                await Ledger.FailAsync(next.Lease, "it diverged", transient: false, default);
                happened = new TrialFailed(next.Request.Key, 1, "it diverged", Transient: false);
            }
            else if (next.Request.Spec.Kind == TrialKind.Evaluate)
            {
                await Ledger.FinishAsync(next.Lease, new EvaluationResult([], []) { Seconds = next.Outcome.Seconds }, [], default);
                happened = new EvaluationFinished(next.Request.Key);
            }
            else
            {
                var score = new ValidationScore("mae", next.Outcome.Score, "eV");
                await Ledger.FinishAsync(next.Lease, new TrainResult(score) { Seconds = next.Outcome.Seconds }, [], default);
                happened = new TrialFinished(next.Request.Key, score);
            }
            var step = StudyMachine.Apply(State, happened);
            await Log.AppendAsync(Study.Name, new StudyCommit(_next++, [happened], step.Decisions, step.ChangedNodes, step.RemovedNodes, step.State.Header), default);
            Take(step, happened);
        }
        await AssignAsync();
        return this;
    }

    async Task AssignAsync()
    {
        while (_free.Count > 0 && _waiting.Count > 0)
        {
            var request = _waiting.MinBy(request => request.Order)!;
            _waiting.Remove(request);
            var worker = _free.Min;
            _free.Remove(worker);
            var claim = (TrialClaim.Claimed)await Ledger.ClaimAsync(request.Spec, $"host:1:1/w{worker}", TimeSpan.FromDays(9), default);
            var outcome = _compute(JsonNode.Parse(request.Spec.Json)!.AsObject(), this);
            _running.Enqueue((request, claim.Lease, outcome, worker), _now + outcome.Seconds);
        }
    }

    void Take(StudyStep step, StudyEvent? happened = null)
    {
        State = step.State;
        _waiting.AddRange(step.Commands.OfType<RequestTrial>());
        if (happened is not null) Steps.Add((step, happened));
    }
}
