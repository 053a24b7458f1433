using AtomSets.Materials;

namespace AtomSets.Training;

/// <summary>Training settings, transfer plans, checkpoints or model files that cannot be used as the user asked; the message says value, rule and
/// next step.</summary>
public sealed class TrainingInputException : InputException
{
    public TrainingInputException(string message) : base(message) { }

    public TrainingInputException(string message, Exception inner) : base(message, inner) { }
}
