namespace AtomSets.Engine;

/// <summary>One thing wrong in a study file.</summary>
/// <param name="File">Path as the user gave it.</param>
/// <param name="Line">Line, counted from 1.</param>
/// <param name="Text">Value, rule and next step.</param>
public sealed record StudyFileProblem(string File, int Line, string Text)
{
    public override string ToString() => $"{File}:{Line}: {Text}";
}

/// <summary>Collects everything wrong with a study file, so that one reading reports all of it.</summary>
sealed class ProblemList(string file)
{
    readonly List<StudyFileProblem> _problems = [];

    public string File => file;
    public int Count => _problems.Count;

    /// <summary>Some of it is that data are not on this machine: on another the file may be right.</summary>
    public bool LacksData { get; set; }

    public void Add(int line, string text)
    {
        // The same entry can be met through several nodes of the plan.
        var problem = new StudyFileProblem(file, line, text);
        if (!_problems.Contains(problem)) _problems.Add(problem);
    }

    public void ThrowIfAny()
    {
        if (_problems.Count > 0) throw new StudyFileException([.. _problems.OrderBy(p => p.Line)]) { LacksData = LacksData };
    }
}
