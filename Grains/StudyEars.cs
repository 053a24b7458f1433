using System.Threading.Channels;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Grains;

/// <summary>Tells a study's grain which of its trials have ended, in batches, until it has heard.</summary>
sealed class StudyEars : ITrialListener
{
    const int TellAtOnce = 1000;

    readonly Channel<TrialKey> _ended = Channel.CreateUnbounded<TrialKey>(new UnboundedChannelOptions { SingleReader = true });

    public StudyEars(IStudyGrain study, TimeProvider time, ClusterTimes options, CancellationToken closing) =>
        _ = Task.Run(() => TellAsync(study, time, options, closing), CancellationToken.None);

    public void TrialEnded(TrialKey key) => _ended.Writer.TryWrite(key);

    /// <summary>Nothing more is told after what is waiting.</summary>
    public void Close() => _ended.Writer.TryComplete();

    async Task TellAsync(IStudyGrain study, TimeProvider time, ClusterTimes options, CancellationToken closing)
    {
        try
        {
            while (await _ended.Reader.WaitToReadAsync(closing))
            {
                var keys = new List<string>();
                while (keys.Count < TellAtOnce && _ended.Reader.TryRead(out var key)) keys.Add(key.Hex);
                await GrainCalls.RetryAsync(() => study.TrialsEndedAsync([.. keys]), options.Patience, time, closing);
            }
        }
        catch (Exception e) when (e is OperationCanceledException || GrainCalls.IsPassing(e))
        {
            // The pool closes, or the study cannot be reached for long: when it is driven again it reads the ledger itself.
        }
    }
}
