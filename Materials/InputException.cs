namespace AtomSets.Materials;

/// <summary>
/// The user's data are at fault, not the program: the message says value, rule, place and next step.
/// The command line turns it into exit code 2.
/// </summary>
public class InputException : Exception
{
    public InputException()
    {
    }

    public InputException(string message) : base(message)
    {
    }

    public InputException(string message, Exception? inner) : base(message, inner)
    {
    }
}
