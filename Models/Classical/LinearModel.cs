namespace AtomSets.Models.Classical;

/// <summary>w·x + b, or its logistic sigmoid.</summary>
sealed class LinearModel(float[] weights, float bias, bool isLogistic) : IRowPredictor
{
    public static void Add(FittedTensors tensors, double[] weights, double bias)
    {
        tensors.Add("weights", weights.Length, 1, Array.ConvertAll(weights, weight => (float)weight));
        tensors.Add("bias", bias);
    }

    public static LinearModel From(FittedTensors tensors, bool isLogistic) => new(tensors.Read("weights", columns: 1).Values, tensors.ReadNumber("bias"), isLogistic);

    public void Predict(Matrix rows, Span<double> predictions)
    {
        if (rows.Columns != weights.Length) throw new ModelException($"the inputs have {rows.Columns} columns, the model was fitted to {weights.Length}");
        for (var row = 0; row < rows.Rows; row++)
        {
            double sum = bias;
            var values = rows[row];
            for (var column = 0; column < values.Length; column++) sum += (double)weights[column] * values[column];
            predictions[row] = isLogistic ? 1 / (1 + Math.Exp(-sum)) : sum;
        }
    }
}
