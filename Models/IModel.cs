using AtomSets.Tensors;

namespace AtomSets.Models;

/// <summary>What a trainer sees of any model: its parameters, and one forward pass over a batch.</summary>
/// <remarks>A model is immutable and holds no numbers: parameter values live in a <see cref="ParameterSet"/> made from <see cref="Parameters"/>,
/// so one model object may serve several threads, each with its own tape.</remarks>
public interface IModel
{
    /// <summary>Everything needed to build this model again.</summary>
    ModelSpec Spec { get; }

    /// <summary>The parameters by name, with shapes and initialisers.</summary>
    ParameterLayout Parameters { get; }

    /// <summary>Prefixes of parameter names, from input to output, that the transfer mode <c>freeze:&lt;part&gt;</c> accepts. Freezing a part
    /// freezes exactly the parameters below its prefix (<see cref="ParameterLayout.IsUnder"/>).</summary>
    IReadOnlyList<string> Parts { get; }

    /// <summary>Prefix of the parameters that the transfer mode <c>new-head</c> draws anew: the output layer.</summary>
    string Head { get; }

    /// <summary>Prefix of the parameters of the output network: what the transfer mode <c>only-residual</c> trains.</summary>
    string OutputNetwork => Head;

    /// <summary>Columns of the prediction.</summary>
    int Outputs { get; }

    /// <summary>What the columns of <see cref="Forward"/> mean, and so which losses fit.</summary>
    OutputKind OutputKind { get; }

    /// <summary>Predicts a batch on <paramref name="tape"/>, whose parameters must come from <see cref="Parameters"/>.</summary>
    /// <returns>[<c>batch.Count</c> × <see cref="Outputs"/>], in scaled units: the target scaler lives outside the model. For
    /// <see cref="OutputKind.Probability"/> these are logits.</returns>
    Tensor Forward(Tape tape, IBatch batch);
}

/// <summary>A model that predicts how far its value may be off as well.</summary>
public interface IDeviationModel : IModel
{
    /// <summary>As <see cref="IModel.Forward"/>, with the logarithm of the prediction's standard deviation beside the value.</summary>
    /// <returns>[<c>batch.Count</c> × 2]: value and log deviation, in scaled units. Only losses that ask for the deviation train it.</returns>
    Tensor ForwardWithDeviation(Tape tape, IBatch batch);
}

/// <summary>What a model's output columns are.</summary>
public enum OutputKind
{
    /// <summary>A number, to be unscaled by the target scaler.</summary>
    Linear,

    /// <summary>A logit: its logistic sigmoid is the probability of class 1. Train it with binary cross-entropy on logits.</summary>
    Probability,
}
