using AtomSets.Materials;

namespace AtomSets.Models.Cgat;

/// <summary>CGAT's inputs from prepared graphs.</summary>
public sealed class CgatSource : IBatchSource
{
    [ThreadStatic]
    static AtomClasses? ofThread;

    readonly CgatSettings _settings;
    readonly IGraphSource _graphs;
    readonly bool _merges;

    /// <param name="settings">of the network</param>
    /// <param name="graphs">Graphs of the model's nearest neighbours (<see cref="CgatSettings.Graphs"/>); not disposed here.</param>
    /// <param name="merges">See <see cref="CgatBatch"/>.</param>
    public CgatSource(CgatSettings settings, IGraphSource graphs, bool merges = true)
    {
        (_settings, _graphs, _merges) = (settings, graphs, merges);
        var refused = new List<RefusedRow>();
        for (var row = 0; row < Count; row++)
            if (CgatBatch.ProblemWith(_graphs[row], settings) is { } problem) refused.Add(new RefusedRow(row, problem));
        Refused = refused;
    }

    /// <inheritdoc/>
    public int Count => _graphs.Count;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <inheritdoc/>
    public IBatch Create() => new CgatBatch(_settings, _merges);

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not CgatBatch graphs) throw new ArgumentException($"a {nameof(CgatBatch)} is needed, got {batch.GetType().Name}", nameof(batch));
        graphs.Clear();
        foreach (var row in rows)
            if (graphs.Add(_graphs[row]) is { } problem) throw new ModelException($"row {row}: {problem}");
    }

    /// <summary>Atoms that are computed: by far the most goes into their generated networks.</summary>
    public int WorkOf(int row)
    {
        var classes = ofThread ??= new AtomClasses();
        classes.Find(_graphs[row], _settings.ShellToleranceAngstrom, _settings.Direction, _merges);
        return classes.Count;
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
