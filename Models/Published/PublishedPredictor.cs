using AtomSets.Materials;
using AtomSets.Models.Cgcnn;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;

namespace AtomSets.Models.Published;

/// <summary>Predictions of a published network in physical units. For one thread.</summary>
public sealed class PublishedPredictor : IDisposable
{
    const int BatchSize = 64;
    readonly PublishedModel _published;
    readonly HashSet<int> _types;
    readonly ParameterSet _parameters;
    readonly Tape _tape;

    /// <param name="published">The network.</param>
    /// <param name="kernels">Where to compute; not disposed here.</param>
    public PublishedPredictor(PublishedModel published, IKernels kernels)
    {
        _published = published;
        _types = published.Elements.Select(published.TypeOf).ToHashSet();
        _parameters = new ParameterSet(kernels, published.Model.Parameters);
        WeightImport.Load(_parameters, published.Weights);
        _tape = new Tape(kernels, _parameters);
    }

    /// <summary>Predicts every graph.</summary>
    /// <param name="graphs">Made with <see cref="PublishedModel.Graphs"/>, atoms given by <see cref="PublishedModel.TypeOf"/>.</param>
    /// <param name="state">Global state, for networks with states (see <see cref="PublishedModel.States"/>).</param>
    /// <returns>One value per graph and output, in <see cref="PublishedModel.Unit"/>; probabilities for a classifier.</returns>
    /// <exception cref="ModelException">The network does not know an element or the state.</exception>
    public double[] Predict(IGraphSource graphs, int state = 0)
    {
        var model = _published.Model;
        var values = new double[graphs.Count * model.Outputs];
        using var source = Open(graphs, state);
        foreach (var refused in source.Refused) throw new ModelException($"{_published.Name}, input {refused.Row + 1}: {refused.Reason}");
        var batch = source.Create();
        for (var start = 0; start < graphs.Count; start += BatchSize)
        {
            var rows = Enumerable.Range(start, Math.Min(BatchSize, graphs.Count - start)).ToArray();
            foreach (var row in rows)
                foreach (var type in graphs[row].AtomicNumbers)
                    if (!_types.Contains(type)) throw new ModelException($"{_published.Name}, input {row + 1}: the network was not made for element type {type}");
            source.Fill(batch, rows);
            _tape.Reset(training: false);
            var part = values.AsSpan(start * model.Outputs, rows.Length * model.Outputs);
            _tape.Read(model.Forward(_tape, batch), part);
            for (var i = 0; i < part.Length; i++)
            {
                var output = model.OutputKind == OutputKind.Probability ? 1 / (1 + Math.Exp(-part[i])) : part[i];
                part[i] = _published.Transform.Apply(output, graphs.SizeOf(start + i / model.Outputs).Atoms);
            }
        }
        return values;
    }

    IBatchSource Open(IGraphSource graphs, int state) => _published.Model switch
    {
        CgcnnModel => new CgcnnSource(graphs),
        MegNetModel megNet => new MegNetSource(megNet.Settings, graphs, Enumerable.Repeat(state, graphs.Count).ToArray()),
        var other => throw new InvalidOperationException($"nothing published is a {other.Spec.Kind}"),
    };

    public void Dispose()
    {
        _tape.Dispose();
        _parameters.Dispose();
    }
}
