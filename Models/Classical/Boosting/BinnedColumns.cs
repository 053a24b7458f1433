namespace AtomSets.Models.Classical.Boosting;

/// <summary>Columns as bins of about equally many rows, each value its own bin where there are few enough.</summary>
sealed class BinnedColumns
{
    public const int MostBins = 255;

    public BinnedColumns(Matrix rows)
    {
        (Rows, Columns) = (rows.Rows, rows.Columns);
        (Bins, Thresholds) = (new byte[Columns][], new float[Columns][]);
        Starts = new int[Columns + 1];
        var (values, sorted) = (new float[Rows], new float[Rows]);
        for (var column = 0; column < Columns; column++)
        {
            for (var row = 0; row < Rows; row++) values[row] = rows.Values[row * Columns + column];
            values.CopyTo(sorted, 0);
            Array.Sort(sorted);
            var thresholds = Thresholds[column] = Cuts(sorted);
            Bins[column] = Array.ConvertAll(values, value => (byte)Bin(thresholds, value));
            Starts[column + 1] = Starts[column] + thresholds.Length + 1;
        }
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Bin of each row, by column.</summary>
    public byte[][] Bins { get; }

    /// <summary>Upper bounds of all bins but the last, by column: bin b holds values up to and including Thresholds[b].</summary>
    public float[][] Thresholds { get; }

    /// <summary>Where each column's bins lie among all [Columns + 1].</summary>
    public int[] Starts { get; }

    public int BinsOf(int column) => Thresholds[column].Length + 1;

    static int Bin(float[] thresholds, float value)
    {
        var at = Array.BinarySearch(thresholds, value);
        return at >= 0 ? at : ~at;
    }

    static float[] Cuts(float[] sorted)
    {
        var distinct = new List<float>();
        foreach (var value in sorted)
        {
            if (distinct.Count == 0 || value != distinct[^1]) distinct.Add(value);
        }
        if (distinct.Count <= MostBins) return [.. distinct.Skip(1).Select((value, i) => Between(distinct[i], value))];
        // Halfway between the two values at each quantile's rank; within equal values at their own, behind which the next bin begins.
        var cuts = new SortedSet<float>();
        for (var bin = 1; bin < MostBins; bin++)
        {
            var rank = (double)bin / MostBins * (sorted.Length - 1);
            cuts.Add(Between(sorted[(int)Math.Floor(rank)], sorted[(int)Math.Ceiling(rank)]));
        }
        // Behind the largest value there is nothing.
        cuts.Remove(sorted[^1]);
        return [.. cuts];
    }

    static float Between(float low, float high) => low / 2 + high / 2 is var middle && middle < high && middle >= low ? middle : low;
}
