namespace AtomSets.Models.Classical;

/// <summary>Brings columns to mean 0 and standard deviation 1: x ← (x − shift) · factor. A constant column becomes 0.</summary>
sealed class ColumnScaling(float[] shift, float[] factor)
{
    const string Shift = "input.shift", Factor = "input.factor";

    /// <summary>Mean and deviation (of the population) of each column.</summary>
    public static ColumnScaling Of(Matrix rows)
    {
        var (mean, square) = (new double[rows.Columns], new double[rows.Columns]);
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows[row];
            for (var column = 0; column < values.Length; column++) mean[column] += values[column];
        }
        for (var column = 0; column < mean.Length; column++) mean[column] /= rows.Rows;
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows[row];
            for (var column = 0; column < values.Length; column++) square[column] += (values[column] - mean[column]) * (values[column] - mean[column]);
        }
        return new ColumnScaling(
            Array.ConvertAll(mean, value => (float)value),
            [.. square.Select((sum, column) => Math.Sqrt(sum / rows.Rows) is var deviation && deviation > 1e-7 * Math.Max(1e-30, Math.Abs(mean[column])) ? (float)(1 / deviation) : 0)]);
    }

    public static ColumnScaling From(FittedTensors tensors)
    {
        var shift = tensors.Read(Shift, rows: 1);
        return new ColumnScaling(shift.Values, tensors.Read(Factor, 1, shift.Columns).Values);
    }

    public void AddTo(FittedTensors tensors)
    {
        tensors.Add(Shift, 1, shift.Length, shift);
        tensors.Add(Factor, 1, factor.Length, factor);
    }

    public Matrix Apply(Matrix rows)
    {
        if (rows.Columns != shift.Length) throw new ModelException($"the inputs have {rows.Columns} columns, the model was fitted to {shift.Length}");
        var scaled = new float[rows.Values.Length];
        for (var row = 0; row < rows.Rows; row++)
        {
            var from = rows[row];
            var to = scaled.AsSpan(row * rows.Columns, rows.Columns);
            for (var column = 0; column < to.Length; column++) to[column] = (from[column] - shift[column]) * factor[column];
        }
        return rows with { Values = scaled };
    }
}
