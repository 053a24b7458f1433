namespace AtomSets.Materials;

/// <summary>A chemical formula that cannot be read; <see cref="Position"/> is the 1-based character at fault.</summary>
public sealed class FormulaException : InputException
{
    public FormulaException()
    {
    }

    public FormulaException(string message) : base(message)
    {
    }

    public FormulaException(string message, Exception inner) : base(message, inner)
    {
    }

    public FormulaException(string message, int position) : base(message) => Position = position;

    /// <summary>1-based character at fault; 0 where the whole formula is.</summary>
    public int Position { get; }
}
