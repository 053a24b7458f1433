using AtomSets.Materials;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace AtomSets.Models;

/// <summary>
/// A value per atom of each element: Σ fraction · value is the part of a formation or total energy per atom that composition alone decides. Between two levels of
/// theory most of the difference is such a part, so that it is fitted and taken off before weights are carried over (lesson of CHGNet's transfer from GGA to
/// r²SCAN: npj Comput. Mater. 11, s41524-025-01796-y).
/// </summary>
public sealed class ElementReferences
{
    readonly Dictionary<int, double> _values;

    // A worker is one core: the library would take them all.
    static ElementReferences() => Control.UseSingleThread();

    ElementReferences(IEnumerable<KeyValuePair<int, double>> values) => _values = new(values);

    /// <summary>Values by element symbol, in the unit of the target.</summary>
    public IReadOnlyDictionary<string, double> Values =>
        new SortedDictionary<string, double>(_values.ToDictionary(entry => Element.FromAtomicNumber(entry.Key).Symbol, entry => entry.Value), StringComparer.Ordinal);

    /// <summary>Takes values by symbol, as <see cref="Values"/> gives them.</summary>
    /// <exception cref="ModelException">A symbol is unknown.</exception>
    public static ElementReferences From(IReadOnlyDictionary<string, double> values) => new(values.Select(entry => Element.TryParse(entry.Key, out var element)
        ? KeyValuePair.Create(element.AtomicNumber, entry.Value)
        : throw new ModelException($"element references: there is no element '{entry.Key}'")));

    /// <summary>
    /// The references whose sums are nearest to <paramref name="values"/> by least squares. A penalty on their squares is chosen by leave-one-out errors among none
    /// (exact least squares) and powers of ten of the mean weight of an element, so that few rows of many elements are not followed to the letter; where no choice beats
    /// references of 0, these are taken.
    /// </summary>
    /// <param name="compositions">Of each row.</param>
    /// <param name="values">[rows] Per atom, such as what labels at one level of theory exceed those at another.</param>
    /// <exception cref="ModelException">There are no rows, or not as many values.</exception>
    public static ElementReferences Fit(IReadOnlyList<Composition> compositions, ReadOnlySpan<double> values)
    {
        if (compositions.Count == 0 || compositions.Count != values.Length) throw new ModelException($"element references: {compositions.Count} compositions for {values.Length} values");
        var seen = new SortedSet<int>();
        foreach (var composition in compositions)
            foreach (var amount in composition.Amounts) seen.Add(amount.Element.AtomicNumber);
        int[] elements = [.. seen];
        var rows = DenseMatrix.Create(compositions.Count, elements.Length, 0);
        for (var row = 0; row < compositions.Count; row++)
        {
            foreach (var amount in compositions[row].Amounts) rows[row, Array.BinarySearch(elements, amount.Element.AtomicNumber)] = amount.Amount / compositions[row].TotalAmount;
        }
        var right = DenseVector.OfArray(values.ToArray());
        var decomposition = rows.TransposeThisAndMultiply(rows).Evd(Symmetricity.Symmetric);
        var (vectors, squares) = (decomposition.EigenVectors, decomposition.EigenValues.Real());
        var projected = rows * vectors;
        var coordinates = projected.TransposeThisAndMultiply(right);
        var scale = squares.Sum() / elements.Length;
        var negligible = 1e-10 * squares.Maximum();
        Vector<double>? best = null;
        var lowest = right.DotProduct(right) / right.Count; // of no references at all
        foreach (var penalty in (double[])[0, .. Enumerable.Range(-4, 8).Select(power => scale * Math.Pow(10, power))])
        {
            var inverse = squares.Map(square => square > negligible ? 1 / (square + penalty) : 0);
            var weights = coordinates.PointwiseMultiply(inverse);
            var error = LeaveOneOut(projected, right, weights, inverse);
            if (!(error < lowest * (1 - 1e-9))) continue;
            (lowest, best) = (error, weights);
        }
        var fitted = best is null ? new DenseVector(elements.Length) : vectors * best;
        return new ElementReferences(elements.Select((element, i) => KeyValuePair.Create(element, fitted[i])));
    }

    /// <summary>Σ fraction · value; elements without a value count as 0.</summary>
    public double Of(Composition composition)
    {
        double sum = 0;
        foreach (var amount in composition.Amounts) sum += amount.Amount * _values.GetValueOrDefault(amount.Element.AtomicNumber);
        return sum / composition.TotalAmount;
    }

    /// <summary>Both together.</summary>
    public ElementReferences Plus(ElementReferences? other) => other is null ? this : new(_values.Keys.Union(other._values.Keys)
        .Select(element => KeyValuePair.Create(element, _values.GetValueOrDefault(element) + other._values.GetValueOrDefault(element))));

    /// <summary>Mean square error of each row from the fit to the others: (yᵢ − ŷᵢ)/(1 − hᵢ), h the leverages.</summary>
    static double LeaveOneOut(Matrix<double> projected, Vector<double> right, Vector<double> weights, Vector<double> inverse)
    {
        double sum = 0;
        for (var row = 0; row < right.Count; row++)
        {
            double leverage = 0, predicted = 0;
            for (var k = 0; k < weights.Count; k++)
            {
                leverage += projected[row, k] * projected[row, k] * inverse[k];
                predicted += projected[row, k] * weights[k];
            }
            if (leverage > 1 - 1e-9) return double.PositiveInfinity;
            var error = (right[row] - predicted) / (1 - leverage);
            sum += error * error;
        }
        return sum / right.Count;
    }
}
