using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Core.Tests.Training;

/// <summary>The smallest model that a trainer can train: an MLP on rows of numbers, in the parts body and head.</summary>
sealed class ToyFamily : INetworkFamily
{
    public string Name => "toy";

    public int Revision => 1;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("inputs", HyperParameterType.Integer, 3L, "columns"),
        new("width", HyperParameterType.Integer, 8L, "hidden width"),
        new("dropout", HyperParameterType.Number, 0.0, "dropout"),
        new("output", HyperParameterType.Text, "linear", "linear or sigmoid") { Choices = ["linear", "sigmoid"] },
        new("meaning", HyperParameterType.Number, 1.0, "a setting that changes no shape"),
    ];

    public ModelNeeds Needs(ModelSpec spec) => ModelNeeds.None;

    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows) => spec;

    public IModel Create(ModelSpec spec) => new ToyModel(spec);

    /// <summary>The row number of a formula data set stands in for the inputs: columns are (amount of the first element, of all, 1).</summary>
    public IBatchSource OpenSource(ModelSpec spec, PreparedData data) => new ToySource(3, Enumerable.Range(0, data.Count)
        .SelectMany(row => new[] { (float)data.Composition(row).Amounts[0].Amount, (float)data.Composition(row).TotalAmount, 1f }).ToArray())
    {
        Refused = Enumerable.Range(0, data.Count).Where(row => data.Composition(row).TotalAmount > 100)
            .Select(row => new RefusedRow(row, "more than 100 atoms")).ToArray(),
    };
}

sealed class ToyModel : IModel
{
    readonly MlpSpec _body, _head;
    readonly double _dropout;

    public ToyModel(ModelSpec spec)
    {
        Spec = spec;
        _dropout = spec.Number("dropout");
        _body = MlpSpec.Build(Parameters, "body", [spec.Integer("inputs")], [spec.Integer("width"), spec.Integer("width")], Activation.Tanh, Activation.Tanh);
        _head = MlpSpec.Dense(Parameters, "head", [spec.Integer("width")], 1);
    }

    public static ToyModel Make(int inputs = 3, int width = 8, double dropout = 0, string output = "linear", double meaning = 1) =>
        new(Spec_(inputs, width, dropout, output, meaning));

    public static ModelRegistry Registry { get; } = new([new ToyFamily()]);

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; } = new();

    public IReadOnlyList<string> Parts => ["body", "head"];

    public string Head => "head";

    public int Outputs => 1;

    public OutputKind OutputKind => Spec.Text("output") == "sigmoid" ? OutputKind.Probability : OutputKind.Linear;

    public Tensor Forward(Tape tape, IBatch batch)
    {
        var toy = (ToyBatch)batch;
        var hidden = tape.Mlp(_body, tape.Input(toy.Values.AsSpan(0, toy.Count * toy.Columns), toy.Count, toy.Columns));
        if (_dropout > 0) hidden = tape.Dropout(hidden, _dropout);
        return tape.Dense(_head, hidden);
    }

    static ModelSpec Spec_(int inputs, int width, double dropout, string output, double meaning) => new("toy", 1, new Dictionary<string, object>
    {
        ["inputs"] = (long)inputs,
        ["width"] = (long)width,
        ["dropout"] = dropout,
        ["output"] = output,
        ["meaning"] = meaning,
    });
}

sealed class ToyBatch(int columns) : IBatch
{
    public int Count { get; set; }

    public int Columns { get; } = columns;

    public float[] Values { get; set; } = [];
}

sealed class ToySource(int columns, float[] values) : IBatchSource
{
    public int Count => values.Length / columns;

    public IReadOnlyList<RefusedRow> Refused { get; init; } = [];

    public IBatch Create() => new ToyBatch(columns);

    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        var toy = (ToyBatch)batch;
        if (toy.Values.Length < rows.Length * columns) toy.Values = new float[rows.Length * columns];
        toy.Count = rows.Length;
        for (var i = 0; i < rows.Length; i++) values.AsSpan(rows[i] * columns, columns).CopyTo(toy.Values.AsSpan(i * columns));
    }

    public void Dispose() { }
}
