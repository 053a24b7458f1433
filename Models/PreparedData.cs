using AtomSets.Materials;
using AtomSets.Models.Cgcnn;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;

namespace AtomSets.Models;

/// <summary>A data set as models see it: formulas, graphs and the features of a parent, each prepared once, when first asked for, and then shared.</summary>
/// <remarks>Safe from several threads. Dispose it after every source that was opened from it.</remarks>
public sealed class PreparedData : IDisposable
{
    readonly Func<int, Composition> _composition;
    readonly Func<GraphSettings, IGraphSource>? _openGraphs;
    readonly Func<IKernels> _kernels;
    readonly Dictionary<GraphSettings, IGraphSource> _graphs = [];
    readonly Dictionary<string, FeatureTable> _features = new(StringComparer.Ordinal);
    readonly Dictionary<string, object> _made = new(StringComparer.Ordinal);
    readonly Lock _preparing = new();
    long _featureBytes;

    /// <summary>Describes a data set by how to get its parts.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="count">Rows.</param>
    /// <param name="composition">Formula of a row.</param>
    /// <param name="openGraphs">Graphs by their settings, or null where there are no structures.</param>
    /// <param name="kernels">Makes the kernels that extract features of the parent; they are disposed after the extraction.</param>
    public PreparedData(string name, int count, Func<int, Composition> composition, Func<GraphSettings, IGraphSource>? openGraphs, Func<IKernels> kernels)
    {
        Name = name;
        Count = count;
        _composition = composition;
        _openGraphs = openGraphs;
        _kernels = kernels;
    }

    /// <summary>Name for messages.</summary>
    public string Name { get; }

    /// <summary>Rows.</summary>
    public int Count { get; }

    /// <summary>The network whose features models of this data may use.</summary>
    public ParentModel? Parent { get; init; }

    /// <summary>Global state of each row (for example its level of theory), for models with states.</summary>
    public IReadOnlyList<int>? States { get; init; }

    /// <summary>Who shares the sites of a row's crystal, null where it is ordered; null where all of them are.</summary>
    public Func<int, SiteOccupancies?>? Occupancies { get; init; }

    /// <summary>Gives the numeric columns by name, NaN where a row has none; null where there are none.</summary>
    public Func<string, double[]>? Columns { get; init; }

    /// <summary>Whether there are crystal structures.</summary>
    public bool HasStructures => _openGraphs is not null;

    /// <summary>Formula of a row.</summary>
    public Composition Composition(int row) => _composition(row);

    /// <summary>A loaded data set; its graphs are prepared once in a store that every process shares.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="graphDirectory">Where graph stores lie.</param>
    /// <param name="kernels">Makes the kernels that extract features of the parent.</param>
    /// <param name="parent">The network whose features models of this data may use.</param>
    /// <param name="states">Global state of each row.</param>
    /// <param name="build">Threads and progress of preparing graphs.</param>
    public static PreparedData From(
        DataSet set, string graphDirectory, Func<IKernels> kernels, ParentModel? parent = null, IReadOnlyList<int>? states = null,
        GraphBuildOptions? build = null)
    {
        Func<GraphSettings, IGraphSource>? openGraphs = set.HasCrystals
            ? settings => GraphStore.OpenOrBuild(graphDirectory, set.Crystals, settings, set.Hash, build)
            : null;
        return new PreparedData(set.Name, set.Count, set.Composition, openGraphs, kernels) 
        {
            Parent = parent,
            States = states,
            Occupancies = set.Occupancies,
            Columns = name => set.Column(name).ToArray(),
        };
    }

    /// <summary>Crystals in memory; their graphs are built on first use and kept in memory.</summary>
    public static PreparedData FromCrystals(
        string name, IReadOnlyList<Crystal> crystals, Func<IKernels> kernels, ParentModel? parent = null, IReadOnlyList<int>? states = null) =>
        new(name, crystals.Count, row => crystals[row].Composition, settings => GraphsOf(crystals, settings), kernels)
        {
            Parent = parent,
            States = states,
            Occupancies = crystals.Any(crystal => crystal.Sites is not null) ? row => crystals[row].Sites : null,
        };

    /// <summary>Formulas without structures.</summary>
    public static PreparedData FromCompositions(
        string name, IReadOnlyList<Composition> compositions, Func<IKernels> kernels, ParentModel? parent = null) =>
        new(name, compositions.Count, row => compositions[row], openGraphs: null, kernels) { Parent = parent };

    /// <summary>Graphs of every pair within a cutoff in Å, owned by this object.</summary>
    /// <exception cref="ModelException">The data set has no structures.</exception>
    public IGraphSource Graphs(double cutoffAngstrom) => Graphs(new GraphSettings(cutoffAngstrom));

    /// <summary>Neighbour graphs, owned by this object.</summary>
    /// <exception cref="ModelException">The data set has no structures.</exception>
    public IGraphSource Graphs(GraphSettings settings)
    {
        if (_openGraphs is null) throw new ModelException($"data set '{Name}' has formulas only; this model needs crystal structures");
        lock (_preparing)
        {
            if (!_graphs.TryGetValue(settings, out var graphs)) _graphs.Add(settings, graphs = _openGraphs(settings));
            return graphs;
        }
    }

    /// <summary>Layers of the parent for every row, extracted on first use. See <see cref="LayerNames"/>, <see cref="FeatureLevel"/> and <see cref="CgcnnFeatures"/> for the names.</summary>
    /// <exception cref="ModelException">There is no parent, it has no such layer, or there are no structures.</exception>
    public FeatureTable Features(string layers)
    {
        lock (_preparing)
        {
            if (_features.TryGetValue(layers, out var table)) return table;
            var names = LayerNames.Parse(layers);
            table = names.IsPlain ? ParentFeatures.Extract(this, layers, _kernels)
                : names.Parts.Length > 1 ? LayerTables.Join(names, [.. names.Parts.Select(part => Features(part.Name))])
                : LayerTables.Pool(names.IsOfFormula ? ParentFeatures.ElementFeatures(this) : Features(names.Parts[0].Level), names.Parts[0]);
            _features.Add(layers, table);
            Volatile.Write(ref _featureBytes, _featureBytes + sizeof(float) * (long)table.Values.Length);
            return table;
        }
    }

    /// <summary>The parent's V0 of the elements of every formula, weighted by their amounts: no structures are needed.</summary>
    /// <exception cref="ModelException">There is no parent, or it has no such layer.</exception>
    public FeatureTable ElementFeatures() => ParentFeatures.ElementFeatures(this);

    /// <summary>[Count] values of a numeric column, NaN where a row has none.</summary>
    /// <exception cref="ModelException">There are no columns here.</exception>
    /// <exception cref="InputException">No column has this name.</exception>
    public double[] Column(string name) =>
        (Columns ?? throw new ModelException($"the model reads the column '{name}', but '{Name}' is formulas or structures alone: give a table with this column"))(name);

    /// <summary>Memory of the extracted layers, in bytes.</summary>
    public long FeatureBytes => Volatile.Read(ref _featureBytes);

    /// <summary>Something made from the data once, when first asked for, and then shared.</summary>
    internal T Once<T>(string key, Func<T> make) where T : class
    {
        lock (_preparing)
        {
            if (!_made.TryGetValue(key, out var made)) _made.Add(key, made = make());
            return (T)made;
        }
    }

    static GraphList GraphsOf(IReadOnlyList<Crystal> crystals, GraphSettings settings) =>
        new(crystals.Select(crystal => CrystalGraph.Build(crystal, settings)).ToArray());

    public void Dispose()
    {
        foreach (var graphs in _graphs.Values) (graphs as IDisposable)?.Dispose();
        _graphs.Clear();
    }
}
