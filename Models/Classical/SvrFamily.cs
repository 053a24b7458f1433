namespace AtomSets.Models.Classical;

/// <summary>The kind <c>svr</c>: ε-support-vector regression with the kernel exp(−γ |x − x′|²) (A. J. Smola, B. Schölkopf, Stat. Comput. 14, 199 (2004), doi
/// 10.1023/B:STCO.0000035301.49549.88).</summary>
public sealed class SvrFamily() : ClassicalFamily(
    "svr", standardises: true, classifies: false,
    new("c", HyperParameterType.Number, 1.0, "weight of errors beyond the tube, in scaled units") { Minimum = 1e-9, Maximum = 1e9, Usual = UsualSpace.Log(0.1, 100, 4) },
    new("epsilon", HyperParameterType.Number, 0.1, "half width of the tube within which errors are free, in scaled units") { Minimum = 0, Maximum = 1e6, Usual = UsualSpace.Choice(0.01, 0.1) },
    new("gamma", HyperParameterType.Number, 0.0, "γ; 0: 1 / (columns × variance of all inputs)") { Minimum = 0, Maximum = 1e9, Usual = UsualSpace.Log(1e-4, 10, 6) },
    new("tol", HyperParameterType.Number, 1e-3, "largest violation of the optimality conditions at which the solution is good enough") { Minimum = 1e-9, Maximum = 1 })
{
    const long CacheBytes = 1L << 29;

    private protected override void Learn(FitCall call, FittedTensors tensors)
    {
        var (spec, rows) = (call.Spec, call.Rows);
        var gamma = (float)(spec.Number("gamma") is > 0 and var given ? given : Scale(rows));
        var distances = new Distances(rows);
        var kernel = new KernelRows(new RadialKernel(distances, gamma), row => distances.Query(rows[row]), CacheBytes);
        var solver = new SvrSolver(kernel, call.Targets, spec.Number("c"), spec.Number("epsilon"));
        solver.Solve(spec.Number("tol"), call.Cancellation);
        int[] support = [.. Enumerable.Range(0, rows.Rows).Where(row => solver.Beta[row] != 0)];
        var kept = new float[support.Length * rows.Columns];
        for (var i = 0; i < support.Length; i++) rows[support[i]].CopyTo(kept.AsSpan(i * rows.Columns));
        tensors.Add("support.rows", support.Length, rows.Columns, kept);
        tensors.Add("support.coefficients", support.Length, 1, Array.ConvertAll(support, row => (float)solver.Beta[row]));
        tensors.Add("bias", solver.Bias);
        tensors.Add("gamma", gamma);
    }

    private protected override IRowPredictor Read(ModelSpec spec, FittedTensors tensors)
    {
        var rows = tensors.Read("support.rows");
        return new Sum(new Distances(rows), tensors.Read("support.coefficients", rows.Rows, 1).Values, tensors.ReadNumber("bias"), tensors.ReadNumber("gamma"));
    }

    static double Scale(Matrix rows)
    {
        double sum = 0, squares = 0;
        foreach (var value in rows.Values) sum += value;
        var mean = sum / rows.Values.Length;
        foreach (var value in rows.Values) squares += (value - mean) * (value - mean);
        return squares > 0 ? rows.Rows / squares : 1;
    }

    sealed class Sum(Distances support, float[] coefficients, double bias, float gamma) : IRowPredictor
    {
        public void Predict(Matrix rows, Span<double> predictions)
        {
            if (rows.Columns != support.Columns) throw new ModelException($"the inputs have {rows.Columns} columns, the model was fitted to {support.Columns}");
            var (kernel, values) = (new RadialKernel(support, gamma), new float[support.Rows]);
            for (var row = 0; row < rows.Rows; row++)
            {
                kernel.Of(support.Query(rows[row]), values);
                var sum = bias;
                for (var i = 0; i < values.Length; i++) sum += (double)coefficients[i] * values[i];
                predictions[row] = sum;
            }
        }
    }
}
