using AtomSets.Grains.Interfaces;
using AtomSets.Studies;
using Orleans.Concurrency;

namespace AtomSets.Grains;

/// <summary>Resolves study files off the grain's turn, stores them, and wakes their hosts.</summary>
[StatelessWorker, Reentrant]
public sealed class StudyDeskGrain(IStudyFileResolver resolver, IStudyLog log, TimeProvider time) : Grain, IStudyDeskGrain
{
    public async Task<SubmissionWire> SubmitAsync(StudyFileWire file)
    {
        SubmittedStudy submitted;
        try
        {
            var resolved = await Task.Run(() => resolver.Resolve(file.ToFile(), CancellationToken.None));
            submitted = await new StudyControl(log, time).SubmitAsync(resolved, CancellationToken.None);
        }
        catch (StudyInputException e)
        {
            return new SubmissionWire(null, e.Message);
        }
        var study = GrainFactory.GetGrain<IStudyGrain>(submitted.Name);
        await study.DriveAsync();
        await study.LookAsync();
        return SubmissionWire.From(submitted);
    }
}
