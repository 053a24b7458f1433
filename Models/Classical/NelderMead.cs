namespace AtomSets.Models.Classical;

/// <summary>The downhill simplex (J. A. Nelder, R. Mead, Comput. J. 7, 308 (1965)), for a few unknowns of a function without derivatives.</summary>
static class NelderMead
{
    /// <param name="function">May be infinite, never NaN.</param>
    /// <param name="start">First corner.</param>
    /// <param name="step">Distance of the other corners, one along each axis.</param>
    /// <param name="tolerance">Ends when all corners' values are this near to each other.</param>
    /// <param name="most">Most evaluations.</param>
    /// <returns>The best point seen.</returns>
    public static double[] Minimise(Func<double[], double> function, double[] start, double step, double tolerance, int most)
    {
        var count = 0;
        (double[] At, double Value) Evaluated(double[] at)
        {
            count++;
            return (at, function(at));
        }
        var corners = new List<(double[] At, double Value)> { Evaluated(start) };
        for (var axis = 0; axis < start.Length; axis++)
        {
            var corner = (double[])start.Clone();
            corner[axis] += step;
            corners.Add(Evaluated(corner));
        }
        while (count < most)
        {
            corners.Sort((a, b) => a.Value.CompareTo(b.Value));
            if (corners[^1].Value - corners[0].Value < tolerance) break;
            var worst = corners[^1];
            var centre = new double[start.Length];
            foreach (var (at, _) in corners.Take(start.Length))
                for (var axis = 0; axis < centre.Length; axis++) centre[axis] += at[axis] / start.Length;
            double[] Along(double factor) => [.. centre.Select((c, axis) => c + factor * (worst.At[axis] - c))];
            var reflected = Evaluated(Along(-1));
            if (reflected.Value < corners[0].Value)
            {
                var expanded = Evaluated(Along(-2));
                corners[^1] = expanded.Value < reflected.Value ? expanded : reflected;
            }
            else if (reflected.Value < corners[^2].Value)
            {
                corners[^1] = reflected;
            }
            else
            {
                var contracted = Evaluated(Along(reflected.Value < worst.Value ? -0.5 : 0.5));
                if (contracted.Value < Math.Min(reflected.Value, worst.Value))
                {
                    corners[^1] = contracted;
                    continue;
                }
                for (var i = 1; i < corners.Count; i++) corners[i] = Evaluated([.. corners[i].At.Select((x, axis) => (x + corners[0].At[axis]) / 2)]);
            }
        }
        return corners.MinBy(corner => corner.Value).At;
    }
}
