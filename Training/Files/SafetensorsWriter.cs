using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AtomSets.Training;

/// <summary>Collects tensors and metadata, then writes them as one safetensors file. Equal contents give equal bytes.</summary>
public sealed class SafetensorsWriter
{
    readonly List<(string Name, SafetensorsType Type, long[] Shape, byte[] Data)> _tensors = [];

    /// <summary>The file's text metadata, written in ordinal order of its keys.</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds a float32 tensor.</summary>
    public void Add(string name, ReadOnlySpan<float> values, params long[] shape) => Add(name, SafetensorsType.F32, MemoryMarshal.AsBytes(values), shape);

    /// <summary>Adds a float64 tensor.</summary>
    public void Add(string name, ReadOnlySpan<double> values, params long[] shape) => Add(name, SafetensorsType.F64, MemoryMarshal.AsBytes(values), shape);

    /// <summary>Adds an int64 tensor.</summary>
    public void Add(string name, ReadOnlySpan<long> values, params long[] shape) => Add(name, SafetensorsType.I64, MemoryMarshal.AsBytes(values), shape);

    /// <summary>SHA-256 of the data part as it will be written, in lower-case hexadecimal digits.</summary>
    public string DataHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in Ordered()) hash.AppendData(tensor.Data);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream stream)
    {
        var header = Header();
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in Ordered()) stream.Write(tensor.Data);
    }

    /// <summary>The file as bytes.</summary>
    public byte[] ToArray()
    {
        using var stream = new MemoryStream();
        WriteTo(stream);
        return stream.ToArray();
    }

    void Add(string name, SafetensorsType type, ReadOnlySpan<byte> data, long[] shape)
    {
        // The format is little-endian; so is every machine that .NET 10 supports except s390x.
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("safetensors files are written on little-endian machines only");
        if (shape.Aggregate((long)type.Size(), (product, dimension) => checked(product * dimension)) != data.Length)
            throw new ArgumentException($"tensor '{name}' of shape [{string.Join(", ", shape)}] does not fit {data.Length} bytes of {type}", nameof(shape));
        if (_tensors.Exists(tensor => tensor.Name == name) || name == "__metadata__") throw new ArgumentException($"tensor name '{name}' is taken", nameof(name));
        _tensors.Add((name, type, shape, data.ToArray()));
    }

    // Wide types first, so that every tensor lies aligned to its element size for readers that map the file.
    IEnumerable<(string Name, SafetensorsType Type, long[] Shape, byte[] Data)> Ordered() => _tensors.OrderByDescending(tensor => tensor.Type.Size());

    byte[] Header()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in Metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var (name, type, shape, data) in Ordered())
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type.ToString());
                json.WriteStartArray("shape");
                foreach (var dimension in shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += data.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces after the JSON are part of the format: they bring the data to an 8-byte boundary.
        while (stream.Length % 8 != 0) stream.Write(Encoding.ASCII.GetBytes(" "));
        return stream.ToArray();
    }
}
