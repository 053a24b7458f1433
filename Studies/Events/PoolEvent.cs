using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>What happened in a pool of workers. A worker is one core or one GPU.</summary>
public abstract record PoolEvent;

/// <summary>A worker is there and free. A second join of a worker that is there is a restart: what it ran is run again.</summary>
/// <param name="Place">What its workers have in common: data, weights. One process, or several that share a folder.</param>
public sealed record WorkerJoined(string Worker, string Place = "") : PoolEvent;

/// <summary>A worker has gone, died or been silent too long; what it ran is run again.</summary>
public sealed record WorkerLeft(string Worker) : PoolEvent;

/// <param name="Priority">The study's; higher first.</param>
public sealed record TrialsSubmitted(string Study, int Priority, ImmutableArray<PoolTrial> Trials) : PoolEvent;

/// <param name="Order">Within the study: lower first.</param>
/// <param name="Shards">Over how many workers at most the trial may be spread; it starts on those that are free, at least one.</param>
public sealed record PoolTrial(TrialKey Key, long Order, int Shards = 1);

public sealed record TrialsWithdrawn(string Study, ImmutableArray<TrialKey> Keys) : PoolEvent;

/// <summary>The study's waiting trials have another priority; what runs goes on.</summary>
public sealed record StudyPrioritized(string Study, int Priority) : PoolEvent;

/// <summary>The study waits for nothing any more.</summary>
public sealed record StudyWithdrawn(string Study) : PoolEvent;

/// <summary>A worker has stopped working on a trial and is free. Ignored unless the worker runs exactly this ticket.</summary>
/// <param name="Ticket">From <see cref="AssignTrial"/>.</param>
public sealed record WorkerReported(string Worker, TrialKey Key, long Ticket, AttemptEnd End) : PoolEvent;

/// <summary>Workers of a gang have stopped together and are free at once, so that the next sharded trial finds all of them.</summary>
/// <inheritdoc cref="WorkerReported"/>
public sealed record GangReported(ImmutableArray<string> Workers, TrialKey Key, long Ticket, AttemptEnd End) : PoolEvent;

/// <summary>A trial that another pool held may be tried again.</summary>
public sealed record TrialWoken(TrialKey Key) : PoolEvent;

/// <summary>What the pool machine wants done.</summary>
public abstract record PoolCommand;

/// <summary>These workers begin the trial; the first leads. All report under the ticket.</summary>
/// <param name="MayGiveBack">There are workers at places that have not said that they lack something: <see cref="AttemptEnd.Lacking"/> is a good answer.</param>
public sealed record AssignTrial(TrialKey Key, long Ticket, ImmutableArray<string> Workers, bool MayGiveBack = false) : PoolCommand;

/// <summary>The worker stops, keeps a checkpoint if it can, and reports.</summary>
public sealed record RevokeTrial(string Worker, TrialKey Key, long Ticket) : PoolCommand;

/// <summary>The ledger holds the trial's outcome.</summary>
public sealed record NotifyStudy(string Study, TrialKey Key) : PoolCommand;

/// <summary>Say <see cref="TrialWoken"/> when the other owner's lease may have ended, or after a short while.</summary>
public sealed record WakeLater(TrialKey Key) : PoolCommand;
