using AtomSets.Engine;
using AtomSets.Studies;

namespace AtomSets.Silo;

/// <summary>Resolves study files with this silo's data.</summary>
sealed class FileResolver(TrialContext context) : IStudyFileResolver
{
    public ResolvedStudy Resolve(StudyFile file, CancellationToken cancellation)
    {
        var resolved = new StudyResolver(context.Models, context.Data, context.Artifacts, context.Numerics).Resolve(file.Text, file.Origin, null, cancellation);
        return resolved with { Priority = file.Priority ?? resolved.Priority };
    }

    public bool LacksData(StudyInputException problem) => problem is StudyFileException { LacksData: true };
}
