using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AtomSets.Models.Published;

/// <summary>Reads one <c>.npy</c> array: versions 1 to 3, little-endian float32, float64, int32 or int64, C order.</summary>
/// <remarks>Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html</remarks>
public static partial class NumpyReader
{
    static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Decodes <paramref name="bytes"/>, the whole content of an <c>.npy</c> file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="place">File and entry, for messages.</param>
    /// <exception cref="ModelException">Another format, another element type, Fortran order, or a length that does not match the shape.</exception>
    public static NumpyArray Read(ReadOnlySpan<byte> bytes, string place)
    {
        if (bytes.Length < 10 || !bytes[..6].SequenceEqual(Magic))
            throw new ModelException($"{place}: not a NumPy array (an .npy file begins with the bytes 93 'NUMPY')");
        var major = bytes[6];
        if (major is < 1 or > 3) throw new ModelException($"{place}: NumPy format version {major} is unknown; 1 to 3 are read");
        var prefix = major == 1 ? 10 : 12;
        if (bytes.Length < prefix) throw new ModelException($"{place}: the file ends within its header");
        var headerLength = major == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..])
            : checked((int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])));
        if (headerLength > bytes.Length - prefix) throw new ModelException($"{place}: the file ends within its header");
        var header = Encoding.Latin1.GetString(bytes.Slice(prefix, headerLength)).Trim();

        var match = Header().Match(header);
        if (!match.Success)
            throw new ModelException($"{place}: the NumPy header '{header}' must name descr, fortran_order and shape");
        var shape = match.Groups["shape"].Value
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var extent)
                ? extent
                : throw new ModelException($"{place}: '{text}' in the shape is no extent")).ToArray();
        if (match.Groups["order"].Value == "True" && shape.Count(extent => extent > 1) > 1)
            throw new ModelException($"{place}: the array is in Fortran order; save it with numpy.ascontiguousarray");

        var data = bytes[(prefix + headerLength)..];
        // No array of so few bytes has more elements: nor can a shape that lies overflow the count.
        long count = shape.Contains(0) ? 0 : 1;
        foreach (var extent in shape)
        {
            count *= extent;
            if (count > data.Length) throw new ModelException($"{place}: shape ({match.Groups["shape"].Value}) needs more than the {data.Length} bytes that the file has");
        }
        var type = match.Groups["type"].Value;
        var size = type is "<f4" or "<i4" ? 4 : type is "<f8" or "<i8" ? 8
            : throw new ModelException($"{place}: element type '{type}' is not read; save as float32, float64, int32 or int64, little-endian");
        if (data.Length != count * size)
            throw new ModelException($"{place}: shape ({match.Groups["shape"].Value}) of '{type}' needs {count * size} bytes, the file has {data.Length}");
        return new NumpyArray(shape, Convert(data, type, (int)count));
    }

    static float[] Convert(ReadOnlySpan<byte> data, string type, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = type switch
            {
                "<f4" => BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]),
                "<f8" => (float)BinaryPrimitives.ReadDoubleLittleEndian(data[(8 * i)..]),
                "<i4" => BinaryPrimitives.ReadInt32LittleEndian(data[(4 * i)..]),
                _ => BinaryPrimitives.ReadInt64LittleEndian(data[(8 * i)..]),
            };
        return values;
    }

    [GeneratedRegex(
        @"^\{\s*'descr'\s*:\s*'(?<type>[^']*)'\s*,\s*'fortran_order'\s*:\s*(?<order>True|False)\s*,\s*'shape'\s*:\s*\((?<shape>[0-9,\s]{0,120})\)\s*,?\s*\}$",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Header();
}
