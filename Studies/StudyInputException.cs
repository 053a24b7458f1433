namespace AtomSets.Studies;

/// <summary>
/// A study, plan or spec that a person wrote (or a program on their behalf) breaks a rule. The message says value, rule, place and next
/// step; the command line prints it alone and exits with code 2.
/// </summary>
public class StudyInputException : Exception
{
    public StudyInputException(string message) : base(message) { }

    public StudyInputException(string message, Exception inner) : base(message, inner) { }
}
