using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AtomSets.Materials;
using AtomSets.Models.Cgcnn;

namespace AtomSets.Models;

/// <summary>What CGAT and Roost are told of an element: a table of fixed numbers, one row per atomic number.</summary>
/// <remarks><c>matscholar200</c> is the embedding of the authors, learnt from abstracts (L. Weston et al., J. Chem. Inf. Model. 59, 3692 (2019), doi
/// 10.1021/acs.jcim.9b00470). It is read from the folder of data sets and then travels with the model: <see cref="Bind"/> puts it into the spec.</remarks>
static class ElementInputs
{
    public const string Matscholar = "matscholar200", Cgcnn92 = "cgcnn92", OneHot = "one_hot";

    const string TableSetting = "element_table", TableFile = "elements/matscholar200_elements.csv.gz";
    const int MatscholarWidth = 200, MatscholarElements = 103;

    /// <summary>Of the numbers as float32, little-endian, from hydrogen on.</summary>
    const string MatscholarHash = "123f8e7f9d51d29118d5427bd8f7c65df519aac19b615357b3654d7b8c0912c4";

    public static HyperParameter Setting(string byDefault) =>
        new("element_features", HyperParameterType.Text, byDefault, "matscholar200: the authors' 200 numbers, which need the folder of data sets; cgcnn92: CGCNN's; one_hot: only which element it is")
            { Choices = [Matscholar, Cgcnn92, OneHot] };

    /// <summary>Numbers per element.</summary>
    public static int Width(string features) => features switch
    {
        Matscholar => MatscholarWidth,
        Cgcnn92 => ElementVectors.Width,
        _ => ElementVectors.MaxAtomicNumber,
    };

    /// <summary>Largest atomic number with a row.</summary>
    public static int Elements(string features) => features == Matscholar ? MatscholarElements : ElementVectors.MaxAtomicNumber;

    /// <summary>Adds the numbers that the program does not hold itself.</summary>
    /// <exception cref="ModelException">They are not in the folder of data sets.</exception>
    public static ModelSpec Bind(ModelSpec spec) =>
        spec.Text("element_features") != Matscholar || spec.Has(TableSetting)
            ? spec
            : spec.With(TableSetting, Convert.ToBase64String(MemoryMarshal.AsBytes<float>(ReadMatscholar(DataLocations.FromEnvironment().Data))));

    /// <summary>[<see cref="Elements"/> + 1 × <see cref="Width"/>] by atomic number, row 0 zero; null for a spec that is not bound.</summary>
    /// <exception cref="ModelException">The table of a model file is damaged.</exception>
    public static float[]? Table(ModelSpec spec)
    {
        var features = spec.Text("element_features");
        if (features != Matscholar) return features == OneHot ? ElementVectors.OneHotTable() : ElementVectors.Table();
        if (!spec.Has(TableSetting)) return null;
        var bytes = new byte[sizeof(float) * MatscholarElements * MatscholarWidth];
        if (!Convert.TryFromBase64String(spec.Text(TableSetting), bytes, out var written) || written != bytes.Length)
            throw new ModelException($"{spec.Kind}: {TableSetting} holds no {MatscholarElements} × {MatscholarWidth} numbers");
        var table = new float[(MatscholarElements + 1) * MatscholarWidth];
        MemoryMarshal.Cast<byte, float>(bytes).CopyTo(table.AsSpan(MatscholarWidth));
        return table;
    }

    /// <summary>Why one of these elements has no row, or null.</summary>
    public static string? ProblemWith(ReadOnlySpan<int> atomicNumbers, int elements)
    {
        foreach (var number in atomicNumbers)
            if (number < 1 || number > elements)
                return number is > 0 and <= Element.MaxAtomicNumber
                    ? $"there are no numbers for {Element.FromAtomicNumber(number).Symbol}: this model's elements end with Z = {elements.ToString(CultureInfo.InvariantCulture)}"
                    : $"{number} is no atomic number";
        return null;
    }

    /// <summary>[103 × 200] from hydrogen on.</summary>
    internal static float[] ReadMatscholar(string? dataFolder)
    {
        var path = Path.Combine(dataFolder ?? "", TableFile);
        if (dataFolder is null || !File.Exists(path))
            throw new ModelException($"element_features = {Matscholar} needs {TableFile} in the folder of data sets: set ATOMSETS_DATA, or take element_features: {Cgcnn92}");
        var numbers = new List<float>(MatscholarElements * MatscholarWidth);
        using (var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress)))
        {
            reader.ReadLine();
            while (reader.ReadLine() is { Length: > 0 } line)
                foreach (var field in line.Split(',').Skip(1))
                    numbers.Add(float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : float.NaN);
        }
        var table = numbers.ToArray();
        return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(table))) == MatscholarHash
            ? table
            : throw new ModelException($"{path} holds other numbers than the published element table: fetch it anew, or take element_features: {Cgcnn92}");
    }
}
