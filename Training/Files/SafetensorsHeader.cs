using System.Text.Json;

namespace AtomSets.Training;

/// <summary>Reads and checks the JSON header.</summary>
static class SafetensorsHeader
{
    const string MetadataKey = "__metadata__";

    // An empty tensor has no bytes, so without a limit a header could still name any number of dimensions.
    const int MaxDimensions = 8;

    public static (IReadOnlyDictionary<string, string> Metadata, List<SafetensorsTensor> Tensors) Parse(JsonElement root, long dataLength, string place)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var tensors = new List<SafetensorsTensor>();
        foreach (var entry in root.EnumerateObject())
        {
            if (entry.Name != MetadataKey)
                tensors.Add(ParseTensor(entry, dataLength, place));
            else
                ParseMetadata(entry.Value, metadata, place);
        }
        tensors.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        CheckCoverage(tensors, dataLength, place);
        return (metadata, tensors);
    }

    static void ParseMetadata(JsonElement element, Dictionary<string, string> metadata, string place)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new SafetensorsException($"{place}: {MetadataKey} is not a JSON object");
        foreach (var item in element.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String) throw new SafetensorsException($"{place}: {MetadataKey}.{item.Name} is not a text");
            metadata.Add(item.Name, item.Value.GetString()!);
        }
    }

    static SafetensorsTensor ParseTensor(JsonProperty entry, long dataLength, string place)
    {
        string? typeName = null;
        long[]? shape = null, offsets = null;
        if (entry.Value.ValueKind != JsonValueKind.Object) throw new SafetensorsException($"{place}: tensor '{entry.Name}' is not described by an object");
        foreach (var item in entry.Value.EnumerateObject())
        {
            switch (item.Name)
            {
                case "dtype" when item.Value.ValueKind == JsonValueKind.String: typeName = item.Value.GetString(); break;
                case "shape": shape = Whole(item.Value); break;
                case "data_offsets": offsets = Whole(item.Value); break;
                default: throw new SafetensorsException($"{place}: tensor '{entry.Name}' has an unknown or malformed field '{item.Name}'");
            }
        }
        if (typeName is null || !Enum.TryParse<SafetensorsType>(typeName, out var type) || !Enum.IsDefined(type) || char.IsDigit(typeName[0]))
            throw new SafetensorsException($"{place}: tensor '{entry.Name}' has the type '{typeName}', known are {string.Join(", ", Enum.GetNames<SafetensorsType>())}");
        if (shape is null || shape.Length > MaxDimensions)
            throw new SafetensorsException($"{place}: tensor '{entry.Name}' needs a shape of at most {MaxDimensions} non-negative whole numbers");
        if (offsets is not [var begin, var end] || begin > end || end > dataLength)
            throw new SafetensorsException($"{place}: tensor '{entry.Name}' has data_offsets outside the {dataLength} bytes of data");
        if (ByteLength(shape, type) is not { } length || length != end - begin)
            throw new SafetensorsException($"{place}: tensor '{entry.Name}' of shape [{string.Join(", ", shape)}] and type {type} does not fit its {end - begin} bytes");
        return new SafetensorsTensor(entry.Name, type, shape, begin, end);
    }

    /// <summary>Bytes of a tensor, or null when the product does not fit a long.</summary>
    static long? ByteLength(long[] shape, SafetensorsType type)
    {
        Int128 length = type.Size();
        foreach (var dimension in shape)
        {
            length *= dimension;
            if (length > long.MaxValue) return null;
        }
        return (long)length;
    }

    static long[]? Whole(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array) return null;
        var values = new long[element.GetArrayLength()];
        var i = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out values[i]) || values[i] < 0) return null;
            i++;
        }
        return values;
    }

    static void CheckCoverage(List<SafetensorsTensor> tensors, long dataLength, string place)
    {
        long next = 0;
        foreach (var tensor in tensors)
        {
            if (tensor.Begin != next)
                throw new SafetensorsException($"{place}: tensor '{tensor.Name}' begins at byte {tensor.Begin} of the data, {next} expected: tensors overlap or leave a gap");
            next = tensor.End;
        }
        if (next != dataLength)
            throw new SafetensorsException($"{place}: the tensors describe {next} bytes of data, the file holds {dataLength}: it is cut off or has something appended");
    }
}
