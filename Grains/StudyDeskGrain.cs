using AtomSets.Grains.Interfaces;
using Orleans.Concurrency;

namespace AtomSets.Grains;

/// <summary>Has a study file taken in: here, or by the first silo that has its data.</summary>
[StatelessWorker, Reentrant]
public sealed class StudyDeskGrain(StudyIntake intake, SiloPeers peers) : Grain, IStudyDeskGrain
{
    public async Task<SubmissionWire> SubmitAsync(StudyFileWire file)
    {
        var own = await intake.TakeAsync(file);
        if (!own.LacksData) return own;
        foreach (var (address, _) in (await peers.OthersAsync()).Silos)
        {
            var other = await peers.At(address).SubmitAsync(file);
            if (!other.LacksData) return other;
        }
        return own;
    }
}
