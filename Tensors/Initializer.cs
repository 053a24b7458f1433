namespace AtomSets.Tensors;

/// <summary>How a parameter gets its first values.</summary>
public enum InitializerKind { Constant, Uniform, Normal, GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal }

/// <summary>
/// Initial values of a parameter [rows × columns] = [fan-in × fan-out]; drawn from (seed, parameter name), so independent of the
/// order of the layers.
/// </summary>
public readonly record struct Initializer(InitializerKind Kind, double A = 0, double B = 0)
{
    public static Initializer Zeros => new(InitializerKind.Constant);
    public static Initializer Ones => new(InitializerKind.Constant, 1);

    /// <summary>Uniform in ±√(6/(in + out)): the Keras default for weights.</summary>
    public static Initializer GlorotUniform => new(InitializerKind.GlorotUniform);
    public static Initializer GlorotNormal => new(InitializerKind.GlorotNormal);

    /// <summary>Uniform in ±√(6/in).</summary>
    public static Initializer HeUniform => new(InitializerKind.HeUniform);
    public static Initializer HeNormal => new(InitializerKind.HeNormal);

    /// <summary>Uniform in ±√(3/in).</summary>
    public static Initializer LecunUniform => new(InitializerKind.LecunUniform);
    public static Initializer LecunNormal => new(InitializerKind.LecunNormal);

    public static Initializer Constant(double value) => new(InitializerKind.Constant, value);
    public static Initializer Uniform(double from, double to) => new(InitializerKind.Uniform, from, to);
    public static Initializer Normal(double mean, double deviation) => new(InitializerKind.Normal, mean, deviation);

    internal void Draw(KeyedRandom random, int rows, int columns, Span<float> values)
    {
        double fanIn = rows, fanOut = columns;
        var (normal, a, b) = Kind switch
        {
            InitializerKind.Uniform => (false, A, B),
            InitializerKind.Normal => (true, A, B),
            InitializerKind.GlorotUniform => Symmetric(Math.Sqrt(6 / (fanIn + fanOut))),
            InitializerKind.GlorotNormal => (true, 0, Math.Sqrt(2 / (fanIn + fanOut))),
            InitializerKind.HeUniform => Symmetric(Math.Sqrt(6 / fanIn)),
            InitializerKind.HeNormal => (true, 0, Math.Sqrt(2 / fanIn)),
            InitializerKind.LecunUniform => Symmetric(Math.Sqrt(3 / fanIn)),
            InitializerKind.LecunNormal => (true, 0, Math.Sqrt(1 / fanIn)),
            _ => (false, A, A),
        };
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(normal ? a + b * random.Normal((ulong)i) : random.Uniform((ulong)i, a, b));
    }

    static (bool Normal, double A, double B) Symmetric(double limit) => (false, -limit, limit);
}
