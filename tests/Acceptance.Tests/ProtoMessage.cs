using System.Text;

namespace AtomSets.Acceptance.Tests;

/// <summary>A protobuf message by its wire format (protobuf.dev/programming-guides/encoding): fields by number, whatever they mean.</summary>
sealed class ProtoMessage
{
    readonly List<(int Field, ulong Number, byte[]? Bytes)> _fields = [];

    public static ProtoMessage Read(ReadOnlySpan<byte> bytes)
    {
        var message = new ProtoMessage();
        while (!bytes.IsEmpty)
        {
            var tag = Varint(ref bytes);
            var field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    message._fields.Add((field, Varint(ref bytes), null));
                    break;
                case 1:
                    message._fields.Add((field, BitConverter.ToUInt64(bytes), null));
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    message._fields.Add((field, 0, bytes[..length].ToArray()));
                    bytes = bytes[length..];
                    break;
                case 5:
                    message._fields.Add((field, BitConverter.ToUInt32(bytes), null));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new InvalidDataException($"no wire type {tag & 7}");
            }
        }
        return message;
    }

    public bool Has(int field) => _fields.Exists(one => one.Field == field);

    public IEnumerable<ProtoMessage> All(int field) => _fields.Where(one => one.Field == field && one.Bytes is not null).Select(one => Read(one.Bytes));

    public string Text(int field) => _fields.Where(one => one.Field == field).Select(one => Encoding.UTF8.GetString(one.Bytes!)).LastOrDefault() ?? "";

    public ulong Fixed(int field) => _fields.Where(one => one.Field == field).Select(one => one.Number).LastOrDefault();

    public long Number(int field) => (long)Fixed(field);

    static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
