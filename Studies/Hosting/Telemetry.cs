using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AtomSets.Studies;

/// <summary>
/// What can be watched from outside while trials run: metrics of the meter and spans of the source <see cref="Name"/>, for any exporter. Where nobody listens a measurement is one comparison, and no
/// number of a trial depends on it.
/// </summary>
public static class Telemetry
{
    /// <summary>Of the meter and the activity source.</summary>
    public const string Name = "AtomSets";

    static readonly Meter s_meter = new(Name);
    static readonly ActivitySource s_source = new(Name);

    static readonly Counter<long> s_trials = s_meter.CreateCounter<long>("atomsets.trials", "{trial}", "Attempts at trials that have ended, by kind and outcome: finished, failed, released (revoked or stopped), lost (another worker took it).");
    static readonly Histogram<double> s_durations = s_meter.CreateHistogram<double>("atomsets.trial.duration", "s", "Time of attempts at trials in their worker, by kind and outcome.");
    static readonly UpDownCounter<long> s_running = s_meter.CreateUpDownCounter<long>("atomsets.trials.running", "{trial}", "Trials that the workers of this process compute.");
    static readonly Counter<long> s_recoveries = s_meter.CreateCounter<long>("atomsets.recoveries", "{recovery}", "Trials taken up again: from a checkpoint, or from a worker that was lost; and calls to the store that were repeated.");
    static readonly Gauge<long> s_queue = s_meter.CreateGauge<long>("atomsets.queue", "{trial}", "Trials that wait for a worker, in the pool that this process hosts.");
    static readonly Counter<long> s_epochs = s_meter.CreateCounter<long>("atomsets.training.epochs", "{epoch}", "Epochs trained.");
    static readonly Counter<long> s_steps = s_meter.CreateCounter<long>("atomsets.training.steps", "{step}", "Optimiser steps: their rate is steps per second.");
    static readonly Counter<long> s_samples = s_meter.CreateCounter<long>("atomsets.training.samples", "{sample}", "Training rows seen.");

    /// <summary>An epoch of a training is over.</summary>
    public static void EpochTrained(int rows, int steps)
    {
        s_epochs.Add(1);
        s_steps.Add(steps);
        s_samples.Add(rows);
    }

    /// <summary>The pool has changed.</summary>
    internal static void Queued(int waiting) => s_queue.Record(waiting);

    /// <summary>A call to the store is repeated.</summary>
    internal static void StoreRetried() => s_recoveries.Add(1, new KeyValuePair<string, object?>("cause", "store"));

    /// <summary>A worker begins with a trial that it has claimed.</summary>
    internal static RunningTrialSpan Begin(TrialJob job)
    {
        var kind = job.Spec.Kind == TrialKind.Train ? "train" : "evaluate";
        s_running.Add(1);
        if (job.Checkpoint is not null) s_recoveries.Add(1, new KeyValuePair<string, object?>("cause", "checkpoint"));
        if (job.Attempts > 0) s_recoveries.Add(1, new KeyValuePair<string, object?>("cause", "worker"));
        var activity = s_source.StartActivity($"trial {kind}");
        activity?.SetTag("atomsets.trial", job.Spec.Key.Hex).SetTag("atomsets.node", job.Node).SetTag("atomsets.lease", job.Lease.Epoch).SetTag("atomsets.checkpoint_epochs", job.Checkpoint?.Epochs);
        return new RunningTrialSpan(kind, activity);
    }

    /// <summary>The attempt is over.</summary>
    internal static void End(RunningTrialSpan span, string outcome, TimeSpan took, string? problem = null)
    {
        var tags = new TagList { { "kind", span.Kind }, { "outcome", outcome } };
        s_running.Add(-1);
        s_trials.Add(1, tags);
        s_durations.Record(took.TotalSeconds, tags);
        span.Activity?.SetTag("atomsets.outcome", outcome);
        if (problem is not null) span.Activity?.SetStatus(ActivityStatusCode.Error, problem);
        span.Activity?.Dispose();
    }
}

/// <summary>An attempt at a trial, while it runs.</summary>
readonly record struct RunningTrialSpan(string Kind, Activity? Activity);
