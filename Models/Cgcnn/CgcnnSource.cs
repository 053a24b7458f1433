using AtomSets.Materials;

namespace AtomSets.Models.Cgcnn;

/// <summary>CGCNN's inputs from prepared graphs.</summary>
public sealed class CgcnnSource : IBatchSource
{
    readonly IGraphSource _graphs;

    /// <param name="graphs">Graphs of the model's nearest neighbours (<see cref="CgcnnSettings.Graphs"/>); not disposed here.</param>
    public CgcnnSource(IGraphSource graphs)
    {
        _graphs = graphs;
        var refused = new List<RefusedRow>();
        for (var row = 0; row < Count; row++)
            if (ElementVectors.ProblemWith(_graphs[row].AtomicNumbers) is { } problem) refused.Add(new RefusedRow(row, problem));
        Refused = refused;
    }

    /// <inheritdoc/>
    public int Count => _graphs.Count;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <inheritdoc/>
    public IBatch Create() => new CgcnnBatch();

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not CgcnnBatch graphs) throw new ArgumentException($"a {nameof(CgcnnBatch)} is needed, got {batch.GetType().Name}", nameof(batch));
        graphs.Clear();
        foreach (var row in rows)
            if (graphs.Add(_graphs[row]) is { } problem) throw new ModelException($"row {row}: {problem}");
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
