namespace AtomSets.Models.Classical;

/// <summary>The kind <c>knn</c>: the mean target of the nearest training rows, of classes their share of class 1 (T. Cover, P. Hart, IEEE Trans. Inf. Theory 13, 21
/// (1967)). Of equally near rows the earlier ones count.</summary>
public sealed class NeighborFamily() : ClassicalFamily(
    "knn", standardises: false, classifies: true,
    new("n_neighbors", HyperParameterType.Integer, 5L, "rows that are averaged") { Minimum = 1, Maximum = 10_000, Usual = UsualSpace.Choice(2L, 3L, 5L, 10L, 20L) },
    new("weights", HyperParameterType.Text, "uniform", "uniform, or distance: by 1/distance, where rows at distance 0 alone count if there are any") { Choices = ["uniform", "distance"], Usual = UsualSpace.Choice("uniform", "distance") },
    new("p", HyperParameterType.Integer, 2L, "distance: 2 Euclidean, 1 sum of absolute differences") { Minimum = 1, Maximum = 2, Usual = UsualSpace.Choice(1L, 2L) })
{
    private protected override void Learn(FitCall call, FittedTensors tensors)
    {
        tensors.Add("neighbors.rows", call.Rows);
        tensors.Add("neighbors.targets", call.Targets.Length, 1, Array.ConvertAll(call.Targets, target => (float)target));
    }

    private protected override IRowPredictor Read(ModelSpec spec, FittedTensors tensors)
    {
        var rows = tensors.Read("neighbors.rows");
        var targets = tensors.Read("neighbors.targets", rows.Rows, 1).Values;
        return new Average(new Distances(rows), targets, Math.Min(spec.Integer("n_neighbors"), rows.Rows), spec.Text("weights") == "distance", spec.Integer("p"));
    }

    sealed class Average(Distances distances, float[] targets, int count, bool isWeighted, int power) : IRowPredictor
    {
        public void Predict(Matrix rows, Span<double> predictions)
        {
            if (rows.Columns != distances.Columns) throw new ModelException($"the inputs have {rows.Columns} columns, the model was fitted to {distances.Columns}");
            var (found, near, nearRows) = (new float[4 * distances.Rows], new float[count], new int[count]);
            for (var row = 0; row < rows.Rows;)
            {
                var together = power == 2 && row + 4 <= rows.Rows ? 4 : 1;
                if (together == 4) distances.SquaredOfFour(distances.FourQueries(rows, row), found);
                else if (power == 2) distances.Squared(distances.Query(rows[row]), found.AsSpan(0, distances.Rows));
                else distances.Absolute(distances.Query(rows[row]), found.AsSpan(0, distances.Rows));
                for (var i = 0; i < together; i++, row++)
                {
                    Nearest(found.AsSpan(i * distances.Rows, distances.Rows), near, nearRows);
                    predictions[row] = Mean(near, nearRows);
                }
            }
        }

        /// <summary>The nearest rows, by distance, then by row.</summary>
        static void Nearest(ReadOnlySpan<float> found, float[] near, int[] rows)
        {
            Array.Fill(near, float.PositiveInfinity);
            var last = near.Length - 1;
            for (var row = 0; row < found.Length; row++)
            {
                var distance = found[row];
                if (!(distance < near[last])) continue;
                var at = last;
                for (; at > 0 && distance < near[at - 1]; at--) (near[at], rows[at]) = (near[at - 1], rows[at - 1]);
                (near[at], rows[at]) = (distance, row);
            }
        }

        double Mean(float[] near, int[] rows)
        {
            double sum = 0, weights = 0;
            var hasEqual = isWeighted && near[0] == 0;
            for (var i = 0; i < rows.Length; i++)
            {
                var distance = power == 2 ? Math.Sqrt(near[i]) : near[i];
                var weight = !isWeighted ? 1 : hasEqual ? (distance == 0 ? 1 : 0) : 1 / distance;
                sum += weight * targets[rows[i]];
                weights += weight;
            }
            return sum / weights;
        }
    }
}
