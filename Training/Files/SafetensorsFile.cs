using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace AtomSets.Training;

/// <summary>A safetensors file in memory: named tensors and text metadata. Reading trusts nothing in the header: every offset, shape and length is
/// checked against the bytes that are there, and the tensors must cover the data exactly, without gap or overlap.</summary>
/// <remarks>Format: 8 bytes little-endian header length, a JSON header, then the raw little-endian data
/// (https://github.com/huggingface/safetensors#format).</remarks>
public sealed class SafetensorsFile
{
    /// <summary>Longest header that is read; the largest models here need a few hundred kilobytes.</summary>
    public const int MaxHeaderBytes = 16 << 20;

    readonly Dictionary<string, SafetensorsTensor> _tensors;
    readonly ReadOnlyMemory<byte> _data;

    SafetensorsFile(string place, IReadOnlyDictionary<string, string> metadata, List<SafetensorsTensor> tensors, ReadOnlyMemory<byte> data)
    {
        Place = place;
        Metadata = metadata;
        Tensors = tensors;
        _tensors = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        _data = data;
    }

    /// <summary>Where the bytes came from, for messages.</summary>
    public string Place { get; }

    /// <summary>The header's <c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>All tensors, in the order of their data.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="SafetensorsException">The file cannot be read or is not valid.</exception>
    public static SafetensorsFile Read(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads from memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="place">Name for messages.</param>
    /// <exception cref="SafetensorsException">The bytes are not valid.</exception>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> bytes, string place)
    {
        if (bytes.Length < 8) throw new SafetensorsException($"{place}: {bytes.Length} bytes are too few for a safetensors file");
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);
        if (headerLength > MaxHeaderBytes)
            throw new SafetensorsException($"{place}: a header of {headerLength} bytes is announced, at most {MaxHeaderBytes} are read: not a safetensors file?");
        if (headerLength > (ulong)bytes.Length - 8)
            throw new SafetensorsException($"{place}: a header of {headerLength} bytes is announced, but only {bytes.Length - 8} bytes follow: the file is cut off");
        var header = bytes.Slice(8, (int)headerLength);
        var data = bytes[(8 + (int)headerLength)..];
        try
        {
            // Duplicate names would let two readers see two different files.
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new SafetensorsException($"{place}: the header is not a JSON object");
            var (metadata, tensors) = SafetensorsHeader.Parse(document.RootElement, data.Length, place);
            return new SafetensorsFile(place, metadata, tensors, data);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped half of a surrogate pair, which no string can hold.
            throw new SafetensorsException($"{place}: the header is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>Whether a tensor of this name exists.</summary>
    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>The entry called <paramref name="name"/>.</summary>
    /// <exception cref="SafetensorsException">There is none.</exception>
    public SafetensorsTensor this[string name] =>
        _tensors.TryGetValue(name, out var tensor) ? tensor : throw new SafetensorsException($"{Place}: tensor '{name}' is missing");

    /// <summary>The raw little-endian bytes of a tensor.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor.</exception>
    public ReadOnlyMemory<byte> Bytes(string name)
    {
        var tensor = this[name];
        return _data.Slice((int)tensor.Begin, (int)(tensor.End - tensor.Begin));
    }

    /// <summary>The values of an F32, F64, F16 or BF16 tensor as float32 (F64 is rounded).</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, or it holds integers.</exception>
    public float[] Floats(string name)
    {
        var tensor = this[name];
        var bytes = Bytes(name).Span;
        var values = new float[tensor.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = tensor.Type switch
            {
                SafetensorsType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                SafetensorsType.F64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]),
                SafetensorsType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]),
                SafetensorsType.BF16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]) << 16),
                _ => throw WrongType(tensor, "floating-point numbers"),
            };
        }
        return values;
    }

    /// <summary>The values of an F64 tensor, or of an F32 tensor widened.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, or it is of another type.</exception>
    public double[] Doubles(string name)
    {
        var tensor = this[name];
        var bytes = Bytes(name).Span;
        var values = new double[tensor.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = tensor.Type switch
            {
                SafetensorsType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]),
                SafetensorsType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                _ => throw WrongType(tensor, "F64 or F32"),
            };
        }
        return values;
    }

    /// <summary>The values of an I64 tensor.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, or it is of another type.</exception>
    public long[] Int64s(string name)
    {
        var tensor = this[name];
        if (tensor.Type != SafetensorsType.I64) throw WrongType(tensor, "I64");
        var bytes = Bytes(name).Span;
        var values = new long[tensor.Length];
        for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]);
        return values;
    }

    /// <summary>SHA-256 of the data part (everything after the header), in lower-case hexadecimal digits.</summary>
    public string DataHash() => Convert.ToHexStringLower(SHA256.HashData(_data.Span));

    SafetensorsException WrongType(SafetensorsTensor tensor, string wanted) =>
        new($"{Place}: tensor '{tensor.Name}' holds {tensor.Type}, {wanted} expected");
}
