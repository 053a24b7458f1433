using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AtomSets.Models.Classical.Trees;

/// <summary>
/// The best of one random threshold per column, over columns that are kept whole: where few entries are the least, sorted lists would cost more than they save.
/// Eight columns are summed beside one another, each in the order of the node's rows, so the sums do not depend on that.
/// </summary>
sealed unsafe class RandomSplits
{
    const int Lanes = 8;

    // So many rows stay in cache: then they are read as they are. Of more rows, columns are copied.
    const int FewRows = 1024;

    readonly Matrix _byRow;
    readonly float[] _byColumn;
    readonly TreeSettings _settings;
    readonly int[] _features;
    readonly double[] _weights, _sums;
    readonly float[] _least, _largest, _block;
    readonly Candidate[] _candidates = new Candidate[Lanes];

    /// <param name="rows">What is learnt from [rows × columns].</param>
    /// <param name="settings">How to grow.</param>
    public RandomSplits(Matrix rows, TreeSettings settings)
    {
        (_byRow, _byColumn, _settings) = (rows, Transposed(rows), settings);
        _features = new int[rows.Columns];
        (_least, _largest) = (new float[rows.Columns], new float[rows.Columns]);
        (_weights, _sums, _block) = (new double[rows.Rows], new double[rows.Rows], new float[Lanes * rows.Rows]);
    }

    /// <summary>The values of a column [rows].</summary>
    public ReadOnlySpan<float> Column(int column) => _byColumn.AsSpan(column * _byRow.Rows, _byRow.Rows);

    /// <summary>Looks at columns in random order; the first of equally good ones stays.</summary>
    /// <param name="rows">Of the node.</param>
    /// <param name="samples">Of all rows.</param>
    /// <param name="weight">Of the node.</param>
    /// <param name="sum">Of the node.</param>
    /// <param name="perfect">A score that cannot be bettered.</param>
    /// <param name="random">What it draws from.</param>
    public Split Best(ReadOnlySpan<int> rows, ReadOnlySpan<Sample> samples, double weight, double sum, double perfect, ref RandomCursor random)
    {
        for (var i = 0; i < rows.Length; i++) (_weights[i], _sums[i]) = (samples[rows[i]].Weight, samples[rows[i]].Sum);
        for (var i = 0; i < _features.Length; i++) _features[i] = i;
        var isFew = rows.Length <= FewRows;
        if (isFew) FindRanges(rows);
        var (best, looked, varied) = (Split.None, 0, false);
        while (MayLook(looked, varied))
        {
            var filled = 0;
            while (filled < Lanes && MayLook(looked, varied))
            {
                var drawn = looked + random.Below(_features.Length - looked);
                var column = _features[drawn];
                (_features[drawn], _features[looked]) = (_features[looked], column);
                looked++;
                var (least, largest) = isFew ? (_least[column], _largest[column]) : Take(rows, column, filled);
                if (least == largest) continue;
                varied = true;
                var threshold = random.Threshold(least, largest);
                _candidates[filled++] = new Candidate { Column = column, Threshold = threshold, After = random };
            }
            if (isFew) SumRows(rows, filled);
            else SumBlock(rows.Length, filled);
            foreach (ref readonly var candidate in _candidates.AsSpan(0, filled))
            {
                if (candidate.Count >= _settings.MinSamplesLeaf && rows.Length - candidate.Count >= _settings.MinSamplesLeaf)
                {
                    var rest = sum - candidate.Sum;
                    var score = candidate.Sum * candidate.Sum / candidate.Weight + rest * rest / (weight - candidate.Weight);
                    if (score > best.Score) best = new Split(candidate.Column, candidate.Threshold, 0, score);
                }
                if (best.Score < perfect) continue;
                // As if the columns beyond had not been drawn.
                random = candidate.After;
                return best;
            }
        }
        return best;
    }

    bool MayLook(int looked, bool varied) => looked < _features.Length && (looked < _settings.MaxFeatures || !varied);

    /// <summary>Least and largest value of every column in the node: also of those that are not drawn, which costs less than to read the drawn ones apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void FindRanges(ReadOnlySpan<int> rows)
    {
        var (columns, width) = (_byRow.Columns, Vector256<float>.Count);
        fixed (float* values = _byRow.Values, least = _least, largest = _largest)
        fixed (int* row = rows)
        {
            var column = 0;
            for (; column + 2 * width <= columns; column += 2 * width)
            {
                var from = values + (nint)row[0] * columns + column;
                var (low0, low1) = (Vector256.Load(from), Vector256.Load(from + width));
                var (high0, high1) = (low0, low1);
                for (var i = 1; i < rows.Length; i++)
                {
                    from = values + (nint)row[i] * columns + column;
                    var (value0, value1) = (Vector256.Load(from), Vector256.Load(from + width));
                    (low0, low1) = (Vector256.MinNative(low0, value0), Vector256.MinNative(low1, value1));
                    (high0, high1) = (Vector256.MaxNative(high0, value0), Vector256.MaxNative(high1, value1));
                }
                low0.Store(least + column);
                low1.Store(least + column + width);
                high0.Store(largest + column);
                high1.Store(largest + column + width);
            }
            for (; column < columns; column++) (least[column], largest[column]) = Range(values + column, columns, row, rows.Length);
        }
    }

    /// <summary>Copies a column of the node into a lane of the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    (float Least, float Largest) Take(ReadOnlySpan<int> rows, int column, int lane)
    {
        fixed (float* from = &_byColumn[column * _byRow.Rows], block = _block)
        fixed (int* row = rows)
        {
            var to = block + lane;
            for (var i = 0; i < rows.Length; i++, to += Lanes) *to = from[row[i]];
            return Range(from, 1, row, rows.Length);
        }
    }

    static (float Least, float Largest) Range(float* values, int stride, int* row, int rows)
    {
        var (least, largest) = (values[(nint)row[0] * stride], values[(nint)row[0] * stride]);
        for (var i = 1; i < rows; i++)
        {
            var value = values[(nint)row[i] * stride];
            least = value < least ? value : least;
            largest = value > largest ? value : largest;
        }
        return (least, largest);
    }

    /// <summary>Sums what lies right of each candidate's threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void SumRows(ReadOnlySpan<int> rows, int filled)
    {
        var sums = new LaneSums(_candidates.AsSpan(0, filled));
        var (c0, c1, c2, c3) = (_candidates[0].Column, _candidates[1].Column, _candidates[2].Column, _candidates[3].Column);
        var (c4, c5, c6, c7) = (_candidates[4].Column, _candidates[5].Column, _candidates[6].Column, _candidates[7].Column);
        fixed (float* values = _byRow.Values)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                var x = values + (nint)rows[i] * _byRow.Columns;
                sums.Add(Vector256.Create(x[c0], x[c1], x[c2], x[c3], x[c4], x[c5], x[c6], x[c7]), _weights[i], _sums[i]);
            }
        }
        sums.CopyTo(_candidates.AsSpan(0, filled));
    }

    /// <summary>The same of columns in the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void SumBlock(int rows, int filled)
    {
        var sums = new LaneSums(_candidates.AsSpan(0, filled));
        fixed (float* block = _block)
        {
            for (var i = 0; i < rows; i++) sums.Add(Vector256.Load(block + (nint)i * Lanes), _weights[i], _sums[i]);
        }
        sums.CopyTo(_candidates.AsSpan(0, filled));
    }

    static float[] Transposed(Matrix rows)
    {
        var values = new float[rows.Values.Length];
        for (var row = 0; row < rows.Rows; row++)
        {
            for (var column = 0; column < rows.Columns; column++) values[column * rows.Rows + row] = rows.Values[row * rows.Columns + column];
        }
        return values;
    }

    /// <summary>A column with its threshold, and what lies right of it.</summary>
    struct Candidate
    {
        public int Column, Count;
        public float Threshold;
        public double Weight, Sum;

        /// <summary>The stream after what was drawn for it.</summary>
        public RandomCursor After;
    }

    /// <summary>Sums of the rows whose value is above the threshold, of each lane by itself and without a branch: which side a row is on cannot be guessed.</summary>
    struct LaneSums
    {
        readonly Vector256<float> _thresholds;
        Vector256<double> _weightLow, _weightHigh, _sumLow, _sumHigh;
        Vector256<int> _counts;

        public LaneSums(ReadOnlySpan<Candidate> candidates)
        {
            var limits = stackalloc float[Lanes];
            for (var lane = 0; lane < Lanes; lane++) limits[lane] = lane < candidates.Length ? candidates[lane].Threshold : float.PositiveInfinity;
            _thresholds = Vector256.Load(limits);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector256<float> values, double weight, double sum)
        {
            var isRight = Vector256.GreaterThan(values, _thresholds).AsInt32();
            var (low, high) = (Vector256.WidenLower(isRight).AsDouble(), Vector256.WidenUpper(isRight).AsDouble());
            _weightLow += Vector256.Create(weight) & low;
            _weightHigh += Vector256.Create(weight) & high;
            _sumLow += Vector256.Create(sum) & low;
            _sumHigh += Vector256.Create(sum) & high;
            _counts -= isRight;
        }

        public readonly void CopyTo(Span<Candidate> candidates)
        {
            for (var lane = 0; lane < candidates.Length; lane++)
            {
                ref var candidate = ref candidates[lane];
                candidate.Weight = lane < 4 ? _weightLow[lane] : _weightHigh[lane - 4];
                candidate.Sum = lane < 4 ? _sumLow[lane] : _sumHigh[lane - 4];
                candidate.Count = _counts[lane];
            }
        }
    }
}
