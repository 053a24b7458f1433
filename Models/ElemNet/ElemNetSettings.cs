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

/// <summary>Settings of an ElemNet.</summary>
public sealed record ElemNetSettings
{
    /// <summary>Rate of dropping after each of the first four blocks, as published (keep probabilities 0.8, 0.9, 0.7, 0.8).</summary>
    public static IReadOnlyList<double> DropoutRates { get; } = [0.2, 0.1, 0.3, 0.2];

    /// <summary>Widths of the sixteen hidden layers of ElemNet-17.</summary>
    public static IReadOnlyList<int> PublishedWidths { get; } = [1024, 1024, 1024, 1024, 512, 512, 512, 256, 256, 256, 128, 128, 128, 64, 64, 32];

    /// <summary>Widths of the hidden layers; neighbours of one width form a block.</summary>
    public IReadOnlyList<int> Widths { get; init; } = PublishedWidths;

    public DropoutMode Dropout { get; init; } = DropoutMode.Off;

    public OutputKind Output { get; init; } = OutputKind.Linear;

    /// <summary>Reads a resolved spec.</summary>
    public static ElemNetSettings From(ModelSpec spec) => new()
    {
        Widths = spec.Integers("widths"),
        Dropout = spec.Text("dropout") switch { "train" => DropoutMode.Train, "always" => DropoutMode.Always, _ => DropoutMode.Off },
        Output = spec.Text("output") == "sigmoid" ? OutputKind.Probability : OutputKind.Linear,
    };
}
