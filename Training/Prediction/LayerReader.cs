using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>A material's values of layers, or why there are none.</summary>
/// <param name="Input">The input's label.</param>
/// <param name="Rows">Of <paramref name="Values"/>: the atoms, or 1; of formulas by element (<c>V0</c>) the elements.</param>
/// <param name="Values">[<paramref name="Rows"/> × columns], row-major.</param>
/// <param name="Error">What is wrong with this input; null where there are values.</param>
public sealed record LayerValues(PredictionInput Input, int Rows, ReadOnlyMemory<float> Values, string? Error)
{
    internal static LayerValues Failed(PredictionInput input, string reason) => new(input, 0, ReadOnlyMemory<float>.Empty, reason);
}

/// <summary>Reads layers of a trained network for many materials. An input that has none gets a message and harms no other. Safe for several threads.</summary>
public sealed class LayerReader
{
    const string ByElement = "V0";

    readonly ParentModel _parent;
    readonly LayerNames _layers;
    readonly IReadOnlyList<int> _known;
    readonly Func<IKernels> _openKernels;

    /// <param name="name">Of the model, for messages.</param>
    /// <param name="file">The network.</param>
    /// <param name="layers">As <see cref="LayerNames"/> reads them.</param>
    /// <param name="registry">The known kinds.</param>
    /// <param name="openKernels">Makes kernels; disposed after use.</param>
    /// <exception cref="ModelException">The model is no network that has such layers.</exception>
    public LayerReader(string name, ModelFile file, string layers, ModelRegistry registry, Func<IKernels> openKernels)
    {
        Columns = ParentFeatures.ColumnsIn(file.Spec, layers);
        if (file.States.Count > 0) throw new ModelException($"'{name}' distinguishes {string.Join(", ", file.States)}: say which, with --state");
        _layers = LayerNames.Parse(layers);
        _parent = file.ToParent(registry, name);
        _known = file.Provenance.KnownElements();
        _openKernels = openKernels;
        NeedsStructures = registry[file.Spec.Kind].Needs(file.Spec).HasFlag(ModelNeeds.Structures) && !_layers.IsOfFormula && layers != ByElement;
    }

    /// <summary>A name for each number of a row.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Whether a material has a row per atom (or element), else one.</summary>
    public bool IsPerAtom => _layers.IsPerAtom;

    /// <summary>Whether formulas are not enough.</summary>
    public bool NeedsStructures { get; }

    /// <summary>Reads the layers of every input, in order; all at once in memory, so give parts of a large set.</summary>
    public IReadOnlyList<LayerValues> Read(IReadOnlyList<PredictionInput> inputs, CancellationToken cancellation)
    {
        var values = new LayerValues[inputs.Count];
        var (crystals, formulas) = (new List<int>(inputs.Count), new List<int>());
        for (var i = 0; i < inputs.Count; i++)
        {
            if (ProblemWith(inputs[i]) is { } problem) values[i] = LayerValues.Failed(inputs[i], problem);
            else if (NeedsStructures || (IsPerAtom && inputs[i].Crystal is not null)) crystals.Add(i);
            else formulas.Add(i);
        }
        Read(inputs, crystals, fromStructures: true, values, cancellation);
        Read(inputs, formulas, fromStructures: false, values, cancellation);
        return values;
    }

    string? ProblemWith(PredictionInput input)
    {
        if (NeedsStructures && input.Crystal is null) return $"layer {_layers.Text} needs the crystal structure, a formula is not enough: give a structure file";
        var composition = input.Crystal?.Composition ?? input.Composition;
        if (composition is null) return "there is neither a structure nor a formula";
        if (_known.Count == 0) return null;
        foreach (var amount in composition.Amounts)
            if (!_known.Contains(amount.Element.AtomicNumber)) return $"'{_parent.Name}' has never seen the element {amount.Element.Symbol}: choose another model";
        return null;
    }

    void Read(IReadOnlyList<PredictionInput> inputs, List<int> rows, bool fromStructures, LayerValues[] values, CancellationToken cancellation)
    {
        if (rows.Count == 0) return;
        cancellation.ThrowIfCancellationRequested();
        try
        {
            using var data = fromStructures
                ? PreparedData.FromCrystals(_parent.Name, rows.ConvertAll(row => inputs[row].Crystal!), _openKernels, _parent)
                : PreparedData.FromCompositions(_parent.Name, rows.ConvertAll(row => inputs[row].Crystal?.Composition ?? inputs[row].Composition!), _openKernels, _parent);
            var table = !fromStructures && _layers.Text == ByElement ? data.ElementFeatures() : data.Features(_layers.Text);
            for (var i = 0; i < rows.Count; i++)
            {
                var found = table[i];
                values[rows[i]] = table.RowCount(i) == 0 ? LayerValues.Failed(inputs[rows[i]], table.ReasonOf(i))
                    : found.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) >= 0 ? LayerValues.Failed(inputs[rows[i]], "a value is not finite: the structure lies far outside what the model knows")
                    : new LayerValues(inputs[rows[i]], table.RowCount(i), found.ToArray(), null);
            }
        }
        catch (InputException e) when (rows.Count == 1)
        {
            values[rows[0]] = LayerValues.Failed(inputs[rows[0]], e.Message);
        }
        catch (InputException)
        {
            // One of them cannot be prepared: find out which, one by one.
            foreach (var row in rows) Read(inputs, [row], fromStructures, values, cancellation);
        }
    }
}
