namespace AtomSets.Training;

/// <summary>Quality of predicted probabilities of class 1. Two areas under the curve are told apart: published tables of one and the same benchmark hold both, and they differ
/// by several hundredths.</summary>
/// <param name="Count">Rows compared.</param>
/// <param name="AucFromProbabilities">Area under the receiver operating characteristic of the probabilities: the chance that a row of class 1 gets a higher
/// prediction than one of class 0, ties counting half. NaN where a class is absent.</param>
/// <param name="AucFromLabels">The same area for hard labels (1 where the probability is at least 0.5): the mean of the shares of both classes that are recognised, also called balanced
/// accuracy. NaN where a class is absent.</param>
/// <param name="Accuracy">Share of rows on the right side of 0.5 (a prediction of exactly 0.5 counts as class 1).</param>
/// <param name="F1">2 TP / (2 TP + FP + FN) of class 1 with these labels; 0 where nothing is recognised, NaN where class 1 neither occurs nor is predicted.</param>
/// <param name="LogLoss">−(1/n) Σ y ln p + (1 − y) ln(1 − p), with p kept within 1e-15 of 0 and 1.</param>
public readonly record struct ClassificationMetrics(int Count, double AucFromProbabilities, double AucFromLabels, double Accuracy, double F1, double LogLoss)
{
    /// <summary>Compares probabilities with classes 0 and 1.</summary>
    /// <exception cref="ArgumentException">The lengths differ or are zero, or a class is neither 0 nor 1.</exception>
    public static ClassificationMetrics Of(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> classes)
    {
        if (probabilities.Length != classes.Length || classes.IsEmpty)
            throw new ArgumentException($"{probabilities.Length} predictions for {classes.Length} classes: need equally many, at least one", nameof(probabilities));
        double truePositives = 0, falsePositives = 0, trueNegatives = 0, falseNegatives = 0, loss = 0;
        for (var i = 0; i < classes.Length; i++)
        {
            if (classes[i] is not (0 or 1)) throw new ArgumentException($"class {classes[i]} in entry {i}: only 0 and 1 are classes", nameof(classes));
            var label = probabilities[i] >= 0.5;
            if (classes[i] == 1 && label) truePositives++;
            else if (classes[i] == 1) falseNegatives++;
            else if (label) falsePositives++;
            else trueNegatives++;
            var p = Math.Clamp(probabilities[i], 1e-15, 1 - 1e-15);
            loss -= classes[i] == 1 ? Math.Log(p) : Math.Log(1 - p);
        }
        var fromLabels = ((truePositives / (truePositives + falseNegatives)) + (trueNegatives / (trueNegatives + falsePositives))) / 2;
        return new ClassificationMetrics(
            classes.Length, Area(probabilities, classes), fromLabels, (truePositives + trueNegatives) / classes.Length,
            2 * truePositives / ((2 * truePositives) + falsePositives + falseNegatives), loss / classes.Length);
    }

    /// <summary>Mann–Whitney: (sum of the average ranks of class 1 − n₁(n₁ + 1)/2) / (n₁ n₀).</summary>
    static double Area(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> classes)
    {
        var sorted = probabilities.ToArray();
        var labels = classes.ToArray();
        Array.Sort(sorted, labels);
        double ones = 0, rankSum = 0;
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start]) end++;
            var averageRank = (start + 1 + end) / 2.0;
            for (var i = start; i < end; i++)
            {
                if (labels[i] != 1) continue;
                ones++;
                rankSum += averageRank;
            }
            start = end;
        }
        var zeros = sorted.Length - ones;
        return ones > 0 && zeros > 0 ? (rankSum - ones * (ones + 1) / 2) / (ones * zeros) : double.NaN;
    }
}
