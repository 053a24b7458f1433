namespace AtomSets.Models.ElemNet;

/// <summary>When values are dropped after the first blocks.</summary>
public enum DropoutMode
{
    /// <summary>Never, as in the transfer paper of 2021, whose code switches its dropout nodes off.</summary>
    Off,

    /// <summary>While training.</summary>
    Train,

    /// <summary>While training and while predicting, as in the code of 2018.</summary>
    Always,
}

/// <summary>First values of matrices and biases, by the library whose default they are.</summary>
public enum InitialValues
{
    /// <summary>Glorot-uniform matrices, zero biases.</summary>
    Keras,

    /// <summary>Matrices and biases uniform in ±1/√inputs.</summary>
    Torch,
}

/// <summary>Settings of an ElemNet.</summary>
public sealed record ElemNetSettings
{
    const string InputWidthName = "input_width", InputMeanName = "input_mean", InputDeviationName = "input_deviation";

    /// <summary>Probability of keeping a value behind each of the first four blocks, as published.</summary>
    public static IReadOnlyList<double> PublishedKeep { get; } = [0.8, 0.9, 0.7, 0.8];

    public required Architecture Architecture { get; init; }

    public required InputColumns Input { get; init; }

    /// <summary>Numbers per material; 0 while only a parent can say.</summary>
    public int InputWidth { get; init; }

    /// <summary>Subtracted from each input column; empty: nothing is.</summary>
    public IReadOnlyList<double> InputMean { get; init; } = [];

    /// <summary>By which each input column is then divided; empty: by nothing.</summary>
    public IReadOnlyList<double> InputDeviation { get; init; } = [];

    public DropoutMode Dropout { get; init; } = DropoutMode.Off;

    /// <summary>Probability of keeping a value behind block 0, 1, …</summary>
    public IReadOnlyList<double> Keep { get; init; } = PublishedKeep;

    public InitialValues Initializer { get; init; }

    public OutputKind Output { get; init; } = OutputKind.Linear;

    /// <summary>Reads a resolved spec, bound to data or not.</summary>
    /// <exception cref="ModelException">The architecture or the input is no such thing, or the two do not go with the rest.</exception>
    public static ElemNetSettings From(ModelSpec spec)
    {
        var input = InputColumns.Parse(spec.Text("input"), spec.Has("features") ? spec.Text("features") : "");
        var settings = new ElemNetSettings
        {
            Architecture = Architecture.Parse(spec.Text("architecture")),
            Input = input,
            InputWidth = spec.Has(InputWidthName) ? spec.Integer(InputWidthName) : input.Width ?? 0,
            InputMean = spec.Has(InputMeanName) ? spec.Numbers(InputMeanName) : [],
            InputDeviation = spec.Has(InputDeviationName) ? spec.Numbers(InputDeviationName) : [],
            Dropout = spec.Text("dropout") switch { "train" => DropoutMode.Train, "always" => DropoutMode.Always, _ => DropoutMode.Off },
            Keep = spec.Numbers("keep"),
            Initializer = spec.Text("initializer") == "torch" ? InitialValues.Torch : InitialValues.Keras,
            Output = spec.Text("output") == "sigmoid" ? OutputKind.Probability : OutputKind.Linear,
        };
        var blocks = settings.Architecture.Blocks;
        for (var block = 0; block < blocks.Length; block++)
        {
            if (settings.Dropout != DropoutMode.Off && blocks[block].Drops && block >= settings.Keep.Count)
                throw new ModelException(FormattableString.Invariant($"elemnet.keep has {settings.Keep.Count} probabilities, but block {block + 1} of the architecture drops: give one for every block up to it"));
        }
        if (settings.Output == OutputKind.Probability && settings.Architecture.Head != OutputHead.Linear)
            throw new ModelException($"elemnet.output = sigmoid needs a linear output in architecture '{spec.Text("architecture")}': end it with -1");
        return settings;
    }

    /// <summary>The spec with what the data decided.</summary>
    internal static ModelSpec Bound(ModelSpec spec, int width, double[] mean, double[] deviation)
    {
        var bound = spec.With(InputWidthName, (long)width);
        return mean.Length == 0 ? bound : bound.With(InputMeanName, mean).With(InputDeviationName, deviation);
    }

    internal static bool IsBound(ModelSpec spec) => spec.Has(InputWidthName);
}
