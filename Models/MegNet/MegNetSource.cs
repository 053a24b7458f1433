using AtomSets.Materials;

namespace AtomSets.Models.MegNet;

/// <summary>MEGNet's inputs from prepared graphs.</summary>
public sealed class MegNetSource : IBatchSource
{
    readonly MegNetSettings _settings;
    readonly IGraphSource _graphs;
    readonly IReadOnlyList<int>? _states;

    /// <param name="settings">Settings of the model.</param>
    /// <param name="graphs">Graphs at the model's cutoff; not disposed here.</param>
    /// <param name="states">State of each row, needed by models with states.</param>
    /// <exception cref="ModelException">A model with states, but no states given.</exception>
    public MegNetSource(MegNetSettings settings, IGraphSource graphs, IReadOnlyList<int>? states = null)
    {
        if (settings.States > 0 && states is null)
            throw new ModelException($"this model distinguishes {settings.States} states (such as levels of theory), but the data has no state for its rows");
        if (states is not null && states.Count != graphs.Count)
            throw new ArgumentException($"{states.Count} states for {graphs.Count} rows", nameof(states));
        _settings = settings;
        _graphs = graphs;
        _states = states;
        Refused = FindRefused();
    }

    /// <inheritdoc/>
    public int Count => _graphs.Count;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <inheritdoc/>
    public IBatch Create() => new MegNetBatch(_settings.Elements, _settings.States, mergesEqualBonds: _settings.Dropout == 0);

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not MegNetBatch graphs) throw new ArgumentException($"a {nameof(MegNetBatch)} is needed, got {batch.GetType().Name}", nameof(batch));
        graphs.Clear();
        foreach (var row in rows)
        {
            if (graphs.Add(_graphs[row], _states?[row] ?? 0) is { } problem) throw new ModelException($"row {row}: {problem}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }

    List<RefusedRow> FindRefused()
    {
        var refused = new List<RefusedRow>();
        var batch = new MegNetBatch(_settings.Elements, _settings.States);
        for (var row = 0; row < Count; row++)
            if (batch.ProblemWith(_graphs[row].AtomicNumbers, _states?[row] ?? 0) is { } problem) refused.Add(new RefusedRow(row, problem));
        return refused;
    }
}
