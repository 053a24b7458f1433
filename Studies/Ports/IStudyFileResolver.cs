namespace AtomSets.Studies;

/// <summary>Makes a study file into a plan that can run: reads data, so it takes seconds to minutes.</summary>
public interface IStudyFileResolver
{
    /// <exception cref="StudyInputException">The file breaks a rule.</exception>
    ResolvedStudy Resolve(StudyFile file, CancellationToken cancellation);
}
