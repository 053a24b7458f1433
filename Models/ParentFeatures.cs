using AtomSets.Materials;
using AtomSets.Models.AtomSets;
using AtomSets.Models.Cgat;
using AtomSets.Models.Cgcnn;
using AtomSets.Models.ElemNet;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;

namespace AtomSets.Models;

/// <summary>Layers of a trained parent as another model's input, whatever kind of network the parent is.</summary>
public static class ParentFeatures
{
    /// <summary>Numbers per row of layers.</summary>
    /// <param name="parent">Spec of the parent.</param>
    /// <param name="layers">As <see cref="LayerNames"/> reads them.</param>
    /// <exception cref="ModelException">The parent has no such layer, or is of a kind that gives none.</exception>
    public static int WidthIn(ModelSpec parent, string layers) => LayerNames.Parse(layers).Parts.Sum(part => part.WidthOf(WidthOfLevel(parent, part.Level)));

    /// <summary>A name for each number of such a row.</summary>
    /// <inheritdoc cref="WidthIn(ModelSpec, string)"/>
    public static IReadOnlyList<string> ColumnsIn(ModelSpec parent, string layers) => [.. LayerNames.Parse(layers).Parts.SelectMany(part => part.Columns(WidthOfLevel(parent, part.Level)))];

    static int WidthOfLevel(ModelSpec parent, string level) => level == LayerPart.Prediction ? 1 : parent.Kind switch
    {
        MegNetFamily.FamilyName => FeatureLevel.Parse(level).WidthIn(MegNetSettings.From(parent)),
        CgcnnFamily.FamilyName => CgcnnFeatures.WidthIn(CgcnnSettings.From(parent), level),
        CgatFamily.FamilyName => CgatFeatures.WidthIn(CgatSettings.From(parent), level),
        ElemNetFamily.FamilyName => ElemNetFeatures.WidthIn(parent, level),
        _ => throw new ModelException($"features '{level}': layers are taken from a megnet, a cgcnn, a cgat or an elemnet, the parent is a {parent.Kind}"),
    };

    /// <summary>As the other overload, of the data's parent.</summary>
    /// <exception cref="ModelException">There is no parent, or it has no such layer.</exception>
    internal static int WidthIn(PreparedData data, string level) => WidthIn(ParentOf(data, level).Model.Spec, level);

    /// <summary>The parent's table of elements, layer V0 [Rows × width], by atomic number.</summary>
    /// <exception cref="ModelException">There is no parent, or it has no such layer.</exception>
    internal static (int Rows, float[] Table) ElementTable(PreparedData data)
    {
        var parent = ParentOf(data, "V0");
        return parent.Model switch
        {
            MegNetModel megNet => (megNet.Settings.Elements, parent.Weights["embed.atom"]),
            CgcnnModel cgcnn => CgcnnFeatures.ElementTable(cgcnn, parent.Weights),
            CgatModel cgat => CgatFeatures.ElementTable(cgat, parent.Weights),
            _ => throw new ModelException($"features 'V0': layers are taken from a megnet, a cgcnn or a cgat, the parent '{parent.Name}' is a {parent.Model.Spec.Kind}"),
        };
    }

    /// <summary>V0 of the elements of every formula, weighted by their amounts: what is pooled of it needs no structure.</summary>
    /// <exception cref="ModelException">There is no parent, or it has no such layer.</exception>
    internal static FeatureTable ElementFeatures(PreparedData data)
    {
        var (elements, table) = ElementTable(data);
        var width = table.Length / elements;
        var rows = SetRows.Of(data, elements, table);
        var values = new float[rows.AtomicNumbers.Length * width];
        for (var r = 0; r < rows.AtomicNumbers.Length; r++) table.AsSpan(rows.AtomicNumbers[r] * width, width).CopyTo(values.AsSpan(r * width));
        return new FeatureTable("V0", width, rows.Offsets, values) { Refused = rows.Refused, Weights = rows.Weights };
    }

    /// <summary>A layer of the parent for every row of the data.</summary>
    /// <exception cref="ModelException">There is no parent, it has no such layer, or there are no structures for one that needs them.</exception>
    internal static FeatureTable Extract(PreparedData data, string level, Func<IKernels> openKernels)
    {
        var parent = ParentOf(data, level);
        WidthOfLevel(parent.Model.Spec, level);
        if (level == LayerPart.Prediction) return Predictions(data, parent, openKernels);
        switch (parent.Model)
        {
            case CgcnnModel cgcnn:
            {
                using var source = new CgcnnSource(data.Graphs(cgcnn.Settings.Graphs));
                using var kernels = openKernels();
                return CgcnnFeatures.Extract(cgcnn, parent.Weights, source, level, kernels).Without(OrderedSource.Disordered(data, CgcnnFamily.FamilyName));
            }
            case CgatModel cgat:
            {
                using var kernels = openKernels();
                return CgatFeatures.Extract(cgat, parent.Weights, data.Graphs(cgat.Settings.Graphs), level, kernels).Without(OrderedSource.Disordered(data, CgatFamily.FamilyName));
            }
            case ElemNetModel elemNet:
            {
                using var source = new ElemNetSource(elemNet.Settings, data);
                using var kernels = openKernels();
                return ElemNetFeatures.Extract(elemNet, parent.Weights, source, level, kernels);
            }
            default:
            {
                var megNet = (MegNetModel)parent.Model;
                using var source = new MegNetSource(megNet.Settings, data.Graphs(megNet.Settings.CutoffAngstrom), data.States, data.Occupancies);
                using var kernels = openKernels();
                return MegNetFeatures.Extract(megNet, parent.Weights, source, level, kernels);
            }
        }
    }

    /// <summary>What the parent predicts for every row, in the unit of its target; the probability of class 1 of a classifier.</summary>
    static FeatureTable Predictions(PreparedData data, ParentModel parent, Func<IKernels> openKernels)
    {
        if (parent.Output is not { } output)
            throw new ModelException($"features '{LayerPart.Prediction}': '{parent.Name}' predicts nothing by itself, it adds to the predictions of another model: take that one, or a layer");
        using var source = ModelRegistry.Default.Network(parent.Model.Spec.Kind).OpenSource(parent.Model.Spec, data);
        using var kernels = openKernels();
        var columns = parent.Model.Outputs;
        var table = new LayerExtraction(parent.Model.Parameters, parent.Weights, kernels).Run(source, LayerPart.Prediction, columns, parent.Model.Forward, (_, _) => 1);
        var (values, rows) = (new float[table.Offsets[^1]], 0);
        for (var material = 0; material < table.Count; material++)
        {
            if (table.RowCount(material) == 0) continue;
            double raw = table[material][0];
            values[rows++] = (float)(parent.Model.OutputKind == OutputKind.Probability
                ? 1 / (1 + Math.Exp(-raw))
                : raw * output.Deviation + output.Mean + (output.References?.Of(data.Composition(material)) ?? 0));
        }
        return new FeatureTable(LayerPart.Prediction, 1, table.Offsets, values) { Columns = [LayerPart.Prediction], Refused = table.Refused };
    }

    /// <summary>Graphs from which atoms can be read: any will do, and the parent's exist anyway.</summary>
    internal static GraphSettings GraphsOf(PreparedData data) => data.Parent?.Model switch
    {
        CgcnnModel cgcnn => cgcnn.Settings.Graphs,
        CgatModel cgat => cgat.Settings.Graphs,
        MegNetModel megNet => new GraphSettings(megNet.Settings.CutoffAngstrom),
        _ => new GraphSettings(new MegNetSettings().CutoffAngstrom),
    };

    static ParentModel ParentOf(PreparedData data, string level) =>
        data.Parent ?? throw new ModelException($"features '{level}' come from a trained network, but none is given as parent; name one, or use features: embedding");
}
