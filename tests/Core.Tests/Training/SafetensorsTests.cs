using System.Buffers.Binary;
using System.Text;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class SafetensorsTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var writer = new SafetensorsWriter { Metadata = { ["author"] = "é \"quoted\" \u0000", ["a"] = "" } };
        writer.Add("weights", [1f, 2.5f, -0f, float.NaN, float.PositiveInfinity, 1e-45f], 2, 3);
        writer.Add("precise", [0.1, double.MinValue], 2);
        writer.Add("counts", [long.MinValue, 7L], 2, 1);
        writer.Add("empty", ReadOnlySpan<float>.Empty, 0, 5);
        writer.Add("scalar", [3.5f]);
        var file = SafetensorsFile.Read(writer.ToArray(), "memory");
        Assert.Equal([("a", ""), ("author", "é \"quoted\" \u0000")], file.Metadata.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)));
        Assert.Equal([1f, 2.5f, -0f, float.NaN, float.PositiveInfinity, 1e-45f], file.Floats("weights"));
        Assert.True(float.IsNegative(file.Floats("weights")[2]));
        Assert.Equal([0.1, double.MinValue], file.Doubles("precise"));
        Assert.Equal([long.MinValue, 7L], file.Int64s("counts"));
        Assert.Empty(file.Floats("empty"));
        Assert.Equal([2, 3], file["weights"].Shape);
        Assert.Empty(file["scalar"].Shape);
        Assert.Equal(writer.DataHash(), file.DataHash());
        Assert.Equal(writer.ToArray(), writer.ToArray());
    }

    /// <summary>The example of the format's specification: header length, JSON, data.</summary>
    [Fact]
    public void A_file_made_by_hand_is_read()
    {
        var file = SafetensorsFile.Read(
            Raw("""{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1,1],"data_offsets":[4,6]},"__metadata__":{"k":"v"}}  """,
                [0x00, 0x3C, 0x00, 0xC0, 0x20, 0xC1]),
            "hand");
        Assert.Equal([1f, -2f], file.Floats("h"));
        Assert.Equal([-10f], file.Floats("b"));
        Assert.Equal("v", file.Metadata["k"]);
    }

    [Fact]
    public void Data_begin_aligned_and_in_the_headers_order()
    {
        var writer = new SafetensorsWriter();
        writer.Add("small", [1f], 1);
        writer.Add("wide", [2.0], 1);
        var bytes = writer.ToArray();
        var header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal(2.0, BitConverter.ToDouble(bytes, 8 + (int)header));
        Assert.Equal("""{"wide":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"small":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""",
            Encoding.UTF8.GetString(bytes, 8, (int)header).TrimEnd());
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", 8, "does not fit its 8 bytes")] // more bytes than the shape
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "outside the 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "describe 4 bytes")] // bytes that belong to nobody
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "leave a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,0],"data_offsets":[0,4]}}""", 4, "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "at most 8")]
    [InlineData("""{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}""", 4, "type 'F99'")]
    [InlineData("""{"a":{"dtype":"9","shape":[1],"data_offsets":[0,4]}}""", 4, "type '9'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":1}}""", 4, "'extra'")]
    [InlineData("""{"a":7}""", 4, "not described")]
    [InlineData("""[1]""", 0, "not a JSON object")]
    [InlineData("""{"a":""", 0, "not valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "not valid JSON")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "__metadata__.k")]
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "not valid JSON")]
    public void Lies_in_the_header_are_refused(string header, int dataLength, string reason)
    {
        var e = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Read(Raw(header, new byte[dataLength]), "x.safetensors"));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains("x.safetensors", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(17UL << 20)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1000UL)]
    public void A_header_longer_than_the_cap_or_the_file_is_refused(ulong length)
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Read(bytes, "long"));
    }

    [Fact]
    public void Missing_tensors_and_wrong_types_are_named()
    {
        var writer = new SafetensorsWriter();
        writer.Add("counts", [1L], 1);
        var file = SafetensorsFile.Read(writer.ToArray(), "memory");
        Assert.Contains("'weights' is missing", Assert.Throws<SafetensorsException>(() => file.Floats("weights")).Message, StringComparison.Ordinal);
        Assert.Contains("I64", Assert.Throws<SafetensorsException>(() => file.Floats("counts")).Message, StringComparison.Ordinal);
        Assert.Throws<SafetensorsException>(() => file.Doubles("counts"));
        Assert.Throws<ArgumentException>(() => writer.Add("counts", [1f], 1));
        Assert.Throws<ArgumentException>(() => writer.Add("other", [1f], 2));
    }

    static byte[] Raw(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        return bytes;
    }
}
