using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>A study file that cannot run; the message lists every problem, one per line, with file and line.</summary>
public sealed class StudyFileException : StudyInputException
{
    public StudyFileException(IReadOnlyList<StudyFileProblem> problems)
        : base(string.Join('\n', problems.Select(p => p.ToString()))) => Problems = problems;

    public IReadOnlyList<StudyFileProblem> Problems { get; }

    /// <summary>Data that it names are not on this machine; on another it may be right.</summary>
    public bool LacksData { get; init; }
}
