using System.Collections.Immutable;
using AtomSets.Materials;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>One worker: computes a trial from its spec, on a thread and kernels of its own. The numbers depend on the spec alone.</summary>
public sealed class TrialRunner : ITrialRunner, IDisposable
{
    readonly TrialContext _context;
    readonly Lock _busy = new();
    IKernels? _kernels;

    public TrialRunner(TrialContext context, string worker)
    {
        _context = context;
        State = new WorkerState(worker, context.Time);
    }

    /// <summary>What it is doing now.</summary>
    public WorkerState State { get; }

    /// <summary>Over how many workers a trial can be spread: its logical shards.</summary>
    public static int ShardsOf(TrialSpec spec) => TrialContent.ShardsOf(spec);

    /// <inheritdoc/>
    public async Task<TrialOutcome> RunAsync(TrialJob job, CancellationToken cancellation)
    {
        var again = new HashSet<TrialKey>();
        while (true)
        {
            try
            {
                // Training blocks its thread for minutes: a thread of its own, not one of the pool's.
                return await Task.Factory.StartNew(() => Run(job, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (WeightsLostException lost) // never where the trial may be given back
            {
                if (!again.Add(lost.Trial)) throw new TrialFailedException(lost.Message, transient: false, lost);
                await new LostWeights(_context, this).MakeAnewAsync(job, lost, cancellation);
            }
        }
    }

    /// <summary>Computes the shards that fall to this process in a trial that another one leads; journal, checkpoints and result are the leader's.</summary>
    /// <param name="spec">The trial.</param>
    /// <param name="node">For messages only.</param>
    /// <param name="leader">The leading worker's name, for people.</param>
    /// <param name="gang">To the leader and the others.</param>
    /// <param name="helpers">Further workers of this process in the gang.</param>
    /// <param name="cancellation">The gang is to stop.</param>
    /// <returns>What made this process unable to take part; null when it did.</returns>
    /// <exception cref="OperationCanceledException">The gang ended before the trial.</exception>
    public Task<string?> AssistAsync(TrialSpec spec, string node, string leader, IGangLink gang, IReadOnlyList<TrialRunner> helpers, CancellationToken cancellation) =>
        Task.Factory.StartNew(() => Assist(spec, node, leader, gang, helpers, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        lock (_busy) _kernels?.Dispose();
    }

    /// <summary>This worker's kernels, for a thread of another worker's trial; this one has none of its own meanwhile.</summary>
    IKernels Lend()
    {
        lock (_busy) return _kernels ??= _context.Kernels();
    }

    string? Assist(TrialSpec spec, string node, string leader, IGangLink gang, IReadOnlyList<TrialRunner> helpers, CancellationToken cancellation)
    {
        lock (_busy)
        {
            try
            {
                State.Assist(spec.Key, node, leader);
                foreach (var helper in helpers) helper.State.Help(spec.Key, node, leader);
                return new AssistingRun(_context, spec, gang, Lend, () => [.. helpers.Select(helper => helper.Lend())]).Run(cancellation);
            }
            finally
            {
                foreach (var helper in helpers) helper.State.HasHelped();
                State.End();
            }
        }
    }

    TrialOutcome Run(TrialJob job, CancellationToken cancellation)
    {
        TrialRunner[] helpers = [.. job.Helpers.OfType<TrialRunner>()];
        lock (_busy)
        {
            try
            {
                State.Begin(job, "preparing");
                _kernels ??= _context.Kernels();
                foreach (var helper in helpers) helper.State.Help(job.Spec.Key, job.Node, State.Now.Worker);
                NumericsClass.Check(job.Spec, _context.Numerics);
                return TrialContent.Read(job.Spec) switch
                {
                    TrainContent train when train.IsFit(_context.Models) => new FitRun(_context, job, train, State).Run(cancellation),
                    TrainContent train => new TrainingRun(_context, job, train, _kernels, [.. helpers.Select(helper => helper.Lend())], State).Run(cancellation),
                    EnsembleContent ensemble => new EnsembleRun(_context, ensemble, _kernels, State).Run(cancellation),
                    AcquireContent acquire => new AcquisitionRun(_context, acquire, _kernels, State).Run(cancellation),
                    EvaluateContent evaluate => new EvaluationRun(_context, job, evaluate, _kernels, State).Run(cancellation),
                    _ => throw new InvalidOperationException($"unknown kind of trial {job.Spec.Kind}"),
                };
            }
            catch (Exception e) when (e is InputException or StudyInputException or TrainingDivergedException)
            {
                // A file that could not be written or read may be so the next time: a full disk.
                throw new TrialFailedException(e.Message, transient: e.InnerException is IOException, e) { IsLack = e is DataMissingException };
            }
            catch (ArtifactException e) when (e is not WeightsLostException || job.MayGiveBack)
            {
                throw new TrialFailedException(e.Message, transient: false, e) { IsLack = true };
            }
            catch (IOException e) when (e is not WeightsLostException)
            {
                throw new TrialFailedException(e.Message, transient: true, e);
            }
            catch (OutOfMemoryException e)
            {
                throw new TrialFailedException("out of memory: use fewer workers (--workers) or a smaller batch_size", transient: true, e);
            }
            finally
            {
                foreach (var helper in helpers) helper.State.HasHelped();
                State.End();
            }
        }
    }

    /// <summary>Where a result was computed.</summary>
    internal static ImmutableSortedDictionary<string, string> Info(string device, TrialContext context)
    {
        var info = ImmutableSortedDictionary<string, string>.Empty
            .WithComparers(StringComparer.Ordinal)
            .Add("device", device)
            .Add("machine", Environment.MachineName)
            .Add("numerics", context.Numerics)
            .Add("program", ProgramVersion.Number);
        return ProgramVersion.Commit is { } commit ? info.Add("commit", commit) : info;
    }
}
