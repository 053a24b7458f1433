using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace AtomSets.Materials;

/// <summary>
/// The objects of a JSON array, one at a time and in file order, however long the array is: the array is the whole text, or the member <c>entries</c> of
/// the object that is. Memory: the longest object.
/// </summary>
/// <param name="stream">UTF-8 text.</param>
/// <param name="source">Where it comes from, for messages.</param>
sealed class JsonEntryStream(Stream stream, string source)
{
    const string Entries = "entries";

    /// <summary>An object longer than this is refused as a whole file is: <see cref="StructureFile.MaxBytes"/>.</summary>
    const int MostBytes = StructureFile.MaxBytes;

    byte[] _buffer = new byte[1 << 16];
    int _start, _end;
    bool _isWhole, _inArray, _isBegun;
    JsonReaderState _state = new(new JsonReaderOptions { AllowTrailingCommas = false, CommentHandling = JsonCommentHandling.Disallow });

    /// <summary>The next object; null behind the last. Dispose it.</summary>
    /// <exception cref="InputException">The text is not JSON, holds no such array, or is cut off.</exception>
    public JsonDocument? Next()
    {
        try
        {
            while (true)
            {
                if (TryNext(out var entry)) return entry;
                if (_isWhole) throw new InputException($"{source} ends within {(_inArray ? "an entry" : "the text before its entries")}: the file is incomplete; obtain it again");
                Fill();
            }
        }
        catch (JsonException failure)
        {
            throw new InputException($"{source} is not JSON: {failure.Message.Split(" LineNumber:", 2)[0]}", failure);
        }
    }

    // False: more bytes are needed.
    bool TryNext(out JsonDocument? entry)
    {
        entry = null;
        if (!_isBegun)
        {
            // Programs of Windows put a byte order mark first.
            if (_end < Encoding.UTF8.Preamble.Length && !_isWhole) return false;
            if (Unread.StartsWith(Encoding.UTF8.Preamble)) _start = Encoding.UTF8.Preamble.Length;
            _isBegun = true;
        }
        if (!_inArray)
        {
            var opening = new Utf8JsonReader(Unread, isFinalBlock: false, _state);
            if (!TryEnter(ref opening)) return false;
            Advance(opening);
            _inArray = true;
        }
        var reader = new Utf8JsonReader(Unread, isFinalBlock: false, _state);
        if (!reader.Read()) return false;
        if (reader.TokenType == JsonTokenType.EndArray) return true;
        if (!JsonDocument.TryParseValue(ref reader, out entry)) return false;
        if (!IsText(Unread[..(int)reader.BytesConsumed], entry!.RootElement))
        {
            entry.Dispose();
            throw new InputException($"{source} holds text that is no Unicode: bytes that are no UTF-8, or half of a surrogate pair");
        }
        Advance(reader);
        return true;
    }

    // JSON's reader looks at strings only when they are asked for, and not all are.
    static bool IsText(ReadOnlySpan<byte> json, JsonElement entry)
    {
        if (!Utf8.IsValid(json)) return false;
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0) return true;
        try
        {
            Read(entry);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    static void Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Read(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Read(property.Value);
                }
                break;
        }
    }

    ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    // To behind the opening bracket of the array.
    bool TryEnter(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) return false;
        if (reader.TokenType == JsonTokenType.StartArray) return true;
        if (reader.TokenType != JsonTokenType.StartObject) throw NoArray();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject) throw NoArray();
            var isIt = reader.ValueTextEquals(Entries);
            if (!reader.Read()) return false;
            if (isIt) return reader.TokenType == JsonTokenType.StartArray ? true : throw NoArray();
            if (!reader.TrySkip()) return false;
        }
        return false;
    }

    InputException NoArray() => new($"{source} holds no entries: a list of pymatgen ComputedStructureEntry objects is expected, or an object with such a list as '{Entries}'");

    void Advance(in Utf8JsonReader reader)
    {
        _start += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MostBytes) throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{source} holds an entry of more than {MostBytes >> 20} MiB"));
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _isWhole = read == 0;
        _end += read;
    }
}
