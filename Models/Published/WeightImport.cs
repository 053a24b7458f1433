using AtomSets.Tensors;

namespace AtomSets.Models.Published;

/// <summary>Puts named arrays into the places of a model's parameters.</summary>
static class WeightImport
{
    /// <summary>Checks that the arrays are exactly the model's parameters, by name and shape, and returns their values.</summary>
    /// <exception cref="ModelException">A parameter is missing, superfluous or of another shape.</exception>
    public static IReadOnlyDictionary<string, float[]> Match(
        ParameterLayout layout, IReadOnlyDictionary<string, NumpyArray> arrays, string place)
    {
        var weights = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var parameter in layout.Parameters)
        {
            if (!arrays.TryGetValue(parameter.Name, out var array))
                throw new ModelException($"{place}: the array '{parameter.Name}' [{parameter.Rows}×{parameter.Columns}] is missing");
            var fits = array.Shape.Count == 2
                ? array.Shape[0] == parameter.Rows && array.Shape[1] == parameter.Columns
                : array.Shape.Count == 1 && parameter.Rows == 1 && array.Shape[0] == parameter.Columns;
            if (!fits)
                throw new ModelException(
                    $"{place}: '{parameter.Name}' is {array.ShapeText}, the model's settings make it {parameter.Rows}×{parameter.Columns}");
            weights.Add(parameter.Name, array.Values);
        }
        if (arrays.Keys.FirstOrDefault(name => !layout.Contains(name)) is { } superfluous)
            throw new ModelException($"{place}: the model has no parameter '{superfluous}'; the file is for other settings");
        return weights;
    }

    /// <summary>A matrix of PyTorch, (out, in), as this program's, (in, out).</summary>
    public static NumpyArray Transpose(NumpyArray matrix)
    {
        var (rows, columns) = (matrix.Shape[0], matrix.Shape[1]);
        var values = new float[rows * columns];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                values[c * rows + r] = matrix.Values[r * columns + c];
        return new NumpyArray([columns, rows], values);
    }

    /// <summary>Loads values returned by <see cref="Match"/> into a parameter set.</summary>
    public static void Load(ParameterSet parameters, IReadOnlyDictionary<string, float[]> weights)
    {
        foreach (var parameter in parameters.Layout.Parameters) parameters.Import(parameter.Name, weights[parameter.Name].AsSpan());
    }
}
