namespace AtomSets.Studies;

/// <summary>Makes a study file into a plan that can run: reads data, so it takes seconds to minutes.</summary>
public interface IStudyFileResolver
{
    /// <exception cref="StudyInputException">The file breaks a rule.</exception>
    ResolvedStudy Resolve(StudyFile file, CancellationToken cancellation);

    /// <summary>Whether what it threw says that data are not on this machine: on another the file may be right.</summary>
    bool LacksData(StudyInputException problem);
}
