namespace AtomSets.Bench;

/// <summary>A function to minimise, of least value 0, in a cube.</summary>
/// <remarks>Definitions: S. Surjanovic, D. Bingham, Virtual Library of Simulation Experiments; here shifted so that the least value is 0.</remarks>
sealed record TestFunction(string Name, int Dimensions, double Low, double High, Func<double[], double> Value)
{
    public static IReadOnlyList<TestFunction> All { get; } =
    [
        new("sphere", 2, -5, 5, x => x.Sum(v => v * v)),
        new("rosenbrock", 2, -2, 2, x => (100 * Square(x[1] - (x[0] * x[0]))) + Square(1 - x[0])),
        new("ackley", 5, -5, 5, x => (-20 * Math.Exp(-0.2 * Math.Sqrt(x.Average(v => v * v)))) - Math.Exp(x.Average(v => Math.Cos(2 * Math.PI * v))) + 20 + Math.E),
        new("rastrigin", 2, -5.12, 5.12, x => x.Sum(v => (v * v) - (10 * Math.Cos(2 * Math.PI * v)) + 10)),
        new("branin", 2, 0, 1, Branin),
        new("camel", 2, -2, 2, x => ((4 - (2.1 * x[0] * x[0]) + (Math.Pow(x[0], 4) / 3)) * x[0] * x[0]) + (x[0] * x[1]) + (((4 * x[1] * x[1]) - 4) * x[1] * x[1]) + 1.0316285),
        new("styblinski", 3, -5, 5, x => x.Sum(v => (0.5 * (Math.Pow(v, 4) - (16 * v * v) + (5 * v))) + 39.166166)),
        new("levy", 4, -10, 10, Levy),
        new("zakharov", 5, -5, 10, Zakharov),
        new("griewank", 3, -50, 50, x => x.Sum(v => v * v / 4000) - x.Select((v, i) => Math.Cos(v / Math.Sqrt(i + 1))).Aggregate(1.0, (a, b) => a * b) + 1),
    ];

    static double Branin(double[] unit)
    {
        var (x, y) = ((15 * unit[0]) - 5, 15 * unit[1]);
        return Square(y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10 - 0.397887;
    }

    static double Levy(double[] x)
    {
        var w = Array.ConvertAll(x, v => 1 + ((v - 1) / 4));
        var sum = Square(Math.Sin(Math.PI * w[0])) + (Square(w[^1] - 1) * (1 + Square(Math.Sin(2 * Math.PI * w[^1]))));
        for (var i = 0; i < w.Length - 1; i++) sum += Square(w[i] - 1) * (1 + (10 * Square(Math.Sin((Math.PI * w[i]) + 1))));
        return sum;
    }

    static double Zakharov(double[] x)
    {
        var weighted = x.Select((v, i) => 0.5 * (i + 1) * v).Sum();
        return x.Sum(v => v * v) + Square(weighted) + Square(Square(weighted));
    }

    static double Square(double x) => x * x;
}
