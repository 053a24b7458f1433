using AtomSets.Tensors;

namespace AtomSets.Models.ElemNet;

/// <summary>A hidden layer: dense and ReLU, with batch norm before or behind the ReLU, and its input added where the architecture says so.</summary>
/// <remarks>Parameters: <c>name.W</c> [inputs × width], <c>name.b</c>, <c>name.bn.weight</c> …; <c>name.skip.W</c> and <c>.b</c> project an input of another width.</remarks>
sealed class DenseLayer
{
    readonly MlpSpec _dense;
    readonly BatchNormSpec? _norm;
    readonly MlpSpec? _skip;
    readonly bool _isResidual, _activatesLate;

    public DenseLayer(ParameterLayout layout, string name, int inputs, DenseBlock block, InitialValues initial)
    {
        (Name, Width) = (name, block.Width);
        _activatesLate = block.Norm == NormPlace.BeforeActivation;
        _dense = Dense(layout, name, inputs, Width, _activatesLate ? Activation.Linear : Activation.Relu, initial);
        if (block.Norm != NormPlace.None) _norm = BatchNormSpec.Build(layout, name + ".bn", Width, NormEpsilon, NormMomentum);
        _isResidual = block.LayerResidual;
        if (_isResidual && inputs != Width) _skip = Dense(layout, name + ".skip", inputs, Width, Activation.Linear, initial);
    }

    /// <summary>Keras's ε of batch norm.</summary>
    const double NormEpsilon = 1e-3;

    /// <summary>Keras keeps 0.99 of the running statistics per step.</summary>
    const double NormMomentum = 0.01;

    public string Name { get; }

    public int Width { get; }

    public Tensor Forward(Tape tape, Tensor x)
    {
        var y = tape.Mlp(_dense, x);
        if (_norm is not null) y = tape.BatchNorm(y, _norm);
        if (_activatesLate) y = tape.Activate(y, Activation.Relu);
        return _isResidual ? tape.Add(y, _skip is null ? x : tape.Mlp(_skip, x)) : y;
    }

    /// <summary>One dense layer of its own.</summary>
    public static MlpSpec Dense(ParameterLayout layout, string name, int inputs, int width, Activation activation, InitialValues initial)
    {
        var bound = 1 / Math.Sqrt(inputs);
        var (matrix, bias) = initial == InitialValues.Torch
            ? (Initializer.Uniform(-bound, bound), Initializer.Uniform(-bound, bound))
            : (Initializer.GlorotUniform, Initializer.Zeros);
        return new MlpSpec([inputs], [new MlpLayer(layout.Add(name + ".W", inputs, width, matrix), layout.Add(name + ".b", 1, width, bias), width, activation)]);
    }
}
