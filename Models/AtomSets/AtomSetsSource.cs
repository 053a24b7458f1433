namespace AtomSets.Models.AtomSets;

/// <summary>AtomSets' inputs, extracted once when opened: rows per element of the formula, per atom, or one per structure.</summary>
public sealed class AtomSetsSource : IBatchSource
{
    readonly AtomSetsSettings _settings;
    readonly int[] _offsets;
    readonly int[] _atomicNumbers;
    readonly float[] _weights;
    readonly float[] _table;
    readonly FeatureTable? _features;
    readonly float[] _shift, _scale;
    readonly HashSet<int> _refusedRows;

    /// <summary>Rows given by atomic number (with a table of features, or none for a learned table), or extracted features.</summary>
    AtomSetsSource(AtomSetsSettings settings, int count, SetRows rows, float[] table, FeatureTable? features)
    {
        _settings = settings;
        Count = count;
        (_offsets, _atomicNumbers, _weights) = (rows.Offsets, rows.AtomicNumbers, rows.Weights);
        _table = table;
        _features = features;
        _shift = settings.InputMean.Select(mean => (float)mean).ToArray();
        _scale = settings.InputDeviation.Select(deviation => (float)(1 / deviation)).ToArray();
        Refused = rows.Refused;
        _refusedRows = rows.Refused.Select(entry => entry.Row).ToHashSet();
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>Prepares the inputs of a data set.</summary>
    /// <exception cref="ModelException">The data lacks structures or a parent that the settings need.</exception>
    public static AtomSetsSource Open(AtomSetsSettings settings, PreparedData data)
    {
        if (settings.Features == "V0")
        {
            var (elements, table) = ParentFeatures.ElementTable(data);
            return new AtomSetsSource(settings, data.Count, Rows(settings, data, elements, table), table, null);
        }
        if (settings.IsOwnEmbedding) return new AtomSetsSource(settings, data.Count, Rows(settings, data, settings.Elements, null), [], null);
        var features = data.Features(settings.Features);
        var refused = Enumerable.Range(0, features.Count).Where(row => features.RowCount(row) == 0)
            .Select(row => new RefusedRow(row, features.ReasonOf(row))).ToArray();
        return new AtomSetsSource(settings, data.Count, new SetRows([], [], [], refused), [], features);
    }

    /// <inheritdoc/>
    public IBatch Create() => new AtomSetsBatch();

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not AtomSetsBatch sets) throw new ArgumentException($"an {nameof(AtomSetsBatch)} is needed, got {batch.GetType().Name}", nameof(batch));
        sets.Clear();
        foreach (var row in rows)
        {
            if (_refusedRows.Contains(row)) throw new ModelException($"row {row}: {Refused.First(entry => entry.Row == row).Reason}");
            if (_features is not null)
            {
                var place = sets.AddFeatures(_features.RowCount(row), _features.Width, []);
                _features[row].CopyTo(place);
                Standardise(place);
                continue;
            }
            var (first, count) = (_offsets[row], _offsets[row + 1] - _offsets[row]);
            var weights = _weights.AsSpan(first, count);
            if (_settings.IsOwnEmbedding) sets.AddAtoms(_atomicNumbers.AsSpan(first, count), weights);
            else CopyTableRows(_atomicNumbers.AsSpan(first, count), sets.AddFeatures(count, _settings.InputWidth, weights));
        }
    }

    /// <summary>Mean and standard deviation of each input column over the rows of the given materials (weights aside); a constant column has deviation 1.</summary>
    internal (double[] Mean, double[] Deviation) ColumnStatistics(ReadOnlySpan<int> materials)
    {
        var width = _settings.InputWidth;
        var batch = new AtomSetsBatch();
        Fill(batch, materials);
        var (mean, deviation) = (new double[width], new double[width]);
        var values = batch.Features;
        if (batch.Rows == 0) throw new ModelException("standardising the inputs needs at least one training material");
        for (var i = 0; i < values.Length; i++) mean[i % width] += values[i];
        for (var c = 0; c < width; c++) mean[c] /= batch.Rows;
        for (var i = 0; i < values.Length; i++) deviation[i % width] += (values[i] - mean[i % width]) * (values[i] - mean[i % width]);
        for (var c = 0; c < width; c++)
        {
            deviation[c] = Math.Sqrt(deviation[c] / batch.Rows);
            if (deviation[c] < 1e-6) deviation[c] = 1;
        }
        return (mean, deviation);
    }

    /// <inheritdoc/>
    public void Dispose() { }

    void CopyTableRows(ReadOnlySpan<int> atomicNumbers, Span<float> place)
    {
        var width = _settings.InputWidth;
        for (var r = 0; r < atomicNumbers.Length; r++) _table.AsSpan(atomicNumbers[r] * width, width).CopyTo(place[(r * width)..]);
        Standardise(place);
    }

    void Standardise(Span<float> values)
    {
        if (_shift.Length == 0) return;
        for (var i = 0; i < values.Length; i++)
        {
            var c = i % _shift.Length;
            values[i] = (values[i] - _shift[c]) * _scale[c];
        }
    }

    static SetRows Rows(AtomSetsSettings settings, PreparedData data, int elements, float[]? table)
    {
        if (settings.IsByElement) return SetRows.Of(data, elements, table);
        var graphs = data.Graphs(ParentFeatures.GraphsOf(data));
        return SetRows.Build(data.Count, (row, add) =>
        {
            foreach (var number in graphs[row].AtomicNumbers) add(number, 1);
        }, elements, table);
    }
}
