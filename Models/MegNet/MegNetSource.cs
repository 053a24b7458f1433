using AtomSets.Materials;

namespace AtomSets.Models.MegNet;

/// <summary>MEGNet's inputs from prepared graphs.</summary>
public sealed class MegNetSource : IBatchSource
{
    readonly MegNetSettings _settings;
    readonly IGraphSource _graphs;
    readonly IReadOnlyList<int>? _states;
    readonly Func<int, SiteOccupancies?>? _occupancies;
    readonly int[] _work;
    readonly MegNetBatch _weighed;

    /// <param name="settings">Settings of the model.</param>
    /// <param name="graphs">Graphs at the model's cutoff; not disposed here.</param>
    /// <param name="states">State of each row, needed by models with states.</param>
    /// <param name="occupancies">Who shares the sites of a row, null where it is ordered; null where all are.</param>
    /// <exception cref="ModelException">A model with states, but no states given.</exception>
    public MegNetSource(MegNetSettings settings, IGraphSource graphs, IReadOnlyList<int>? states = null, Func<int, SiteOccupancies?>? occupancies = null)
    {
        if (settings.States > 0 && states is null)
            throw new ModelException($"this model distinguishes {settings.States} states (such as levels of theory), but the data has no state for its rows");
        if (states is not null && states.Count != graphs.Count)
            throw new ArgumentException($"{states.Count} states for {graphs.Count} rows", nameof(states));
        _settings = settings;
        _graphs = graphs;
        _states = states;
        _occupancies = occupancies;
        Refused = FindRefused();
        _work = new int[graphs.Count];
        _weighed = (MegNetBatch)Create();
    }

    /// <inheritdoc/>
    public int Count => _graphs.Count;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>The graph of a row.</summary>
    internal GraphView Graph(int row) => _graphs[row];

    /// <inheritdoc/>
    public IBatch Create() => new MegNetBatch(_settings.Elements, _settings.States, mergesEqualBonds: _settings.Dropout == 0);

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not MegNetBatch graphs) throw new ArgumentException($"a {nameof(MegNetBatch)} is needed, got {batch.GetType().Name}", nameof(batch));
        graphs.Clear();
        foreach (var row in rows)
        {
            if (graphs.Add(_graphs[row], _states?[row] ?? 0, _occupancies?.Invoke(row)) is { } problem) throw new ModelException($"row {row}: {problem}");
        }
    }

    /// <summary>Bonds that the network computes (equal ones count once) and, for its atoms, about two bonds each.</summary>
    public int WorkOf(int row)
    {
        // Found when first asked for: it takes as long as filling a batch with the row.
        if (Volatile.Read(ref _work[row]) is > 0 and var known) return known;
        lock (_work)
        {
            _weighed.Clear();
            if (_weighed.Add(_graphs[row], _states?[row] ?? 0, _occupancies?.Invoke(row)) is { } problem) throw new ModelException($"row {row}: {problem}");
            var work = _weighed.Bonds + 2 * _weighed.Atoms;
            Volatile.Write(ref _work[row], work);
            return work;
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }

    List<RefusedRow> FindRefused()
    {
        var refused = new List<RefusedRow>();
        var batch = new MegNetBatch(_settings.Elements, _settings.States);
        for (var row = 0; row < Count; row++)
        {
            var elements = _occupancies?.Invoke(row) is { } sites ? sites.AtomicNumbers : _graphs[row].AtomicNumbers;
            if (batch.ProblemWith(elements, _states?[row] ?? 0) is { } problem) refused.Add(new RefusedRow(row, problem));
        }
        return refused;
    }
}
