using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Grains;

/// <summary>Takes a study file in with this silo's data: resolves it off the grain's turn, stores it, and wakes its host.</summary>
public sealed class StudyIntake(IStudyFileResolver resolver, IStudyLog log, IGrainFactory grains, TimeProvider time)
{
    public async Task<SubmissionWire> TakeAsync(StudyFileWire file)
    {
        SubmittedStudy submitted;
        try
        {
            var resolved = await Task.Run(() => resolver.Resolve(file.ToFile(), CancellationToken.None));
            submitted = await new StudyControl(log, time).SubmitAsync(resolved, CancellationToken.None);
        }
        catch (StudyInputException e)
        {
            return new SubmissionWire(null, e.Message, resolver.LacksData(e));
        }
        var study = grains.GetGrain<IStudyGrain>(submitted.Name);
        await study.DriveAsync();
        await study.LookAsync();
        return SubmissionWire.From(submitted);
    }
}
