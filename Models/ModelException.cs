using AtomSets.Materials;

namespace AtomSets.Models;

/// <summary>Model settings, model files or features that cannot be used as the user asked; the message says value, rule and next step.</summary>
public sealed class ModelException : InputException
{
    public ModelException(string message) : base(message) { }

    public ModelException(string message, Exception inner) : base(message, inner) { }
}
