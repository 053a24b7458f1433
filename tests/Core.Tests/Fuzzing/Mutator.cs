using System.Text;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Damages inputs as careless hands, other programs, bad disks and malice do. The same seed gives the same input.</summary>
/// <param name="seeds">Inputs that the parser takes.</param>
/// <param name="words">Pieces of the format.</param>
sealed class Mutator(IReadOnlyList<byte[]> seeds, IReadOnlyList<string> words)
{
    const int MaxBytes = 1 << 16;
    const int MaxKept = 500;

    static readonly string[] s_numbers =
        ["0", "-1", "1e308", "-1e308", "1e-320", "NaN", "Infinity", "2147483648", "9223372036854775808", "99999999999999999999999", "1e9", "0.1e", "1.2.3", "0x10", "٣", "1,5", "-0.0", "1e5", "007"];

    static readonly string[] s_oddities =
        ["\0", "\uFEFF", "\u2028", "\u00A0", "\u202E", "e\u0301", "𝟏", "\r", "\r\n", "\n\n", "\t", "\"", "'", "\\", "`", "${x}", "%s", "../../etc/passwd", "<script>", "'; DROP TABLE trials; --", "#", ";", ",", "|"];

    readonly List<byte[]> _kept = [.. seeds];

    public IReadOnlyList<byte[]> Seeds => seeds;

    /// <summary>Another input.</summary>
    public byte[] Next(Random random)
    {
        var input = _kept[random.Next(_kept.Count)].ToList();
        var changes = 1 + (int)Math.Abs(3 * random.NextDouble() * random.NextDouble() * 2);
        for (var change = 0; change < changes; change++) Change(input, random);
        if (input.Count > MaxBytes) input.RemoveRange(MaxBytes, input.Count - MaxBytes);
        return [.. input];
    }

    /// <summary>A damaged input that was taken all the same: where further damage goes deeper.</summary>
    public void Keep(byte[] input, Random random)
    {
        if (_kept.Count < MaxKept) _kept.Add(input);
        else _kept[random.Next(seeds.Count, _kept.Count)] = input;
    }

    void Change(List<byte> input, Random random)
    {
        var at = random.Next(input.Count + 1);
        var length = Math.Min(input.Count - at, 1 + (int)(40 * random.NextDouble() * random.NextDouble()));
        switch (random.Next(12))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)random.Next(256);
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3: // a piece again, now and then very often
                var piece = input.GetRange(at, length);
                var times = random.Next(20) == 0 ? Math.Min(5_000, MaxBytes / Math.Max(1, length)) : 1;
                input.InsertRange(at, Enumerable.Repeat(piece, times).SelectMany(bytes => bytes));
                break;
            case 4 or 5:
                Replace(input, at, Number(input, at), s_numbers[random.Next(s_numbers.Length)]);
                break;
            case 6:
                Replace(input, at, 0, words[random.Next(words.Count)]);
                break;
            case 7:
                Replace(input, at, length, words[random.Next(words.Count)]);
                break;
            case 8:
                Replace(input, at, 0, s_oddities[random.Next(s_oddities.Length)]);
                break;
            case 9: // the end of another
                var other = _kept[random.Next(_kept.Count)];
                input.RemoveRange(at, input.Count - at);
                input.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            case 10:
                if (random.Next(4) == 0) input.RemoveRange(at, input.Count - at);
                else RemoveLine(input, at);
                break;
            case 11: // two pieces change places
                var to = random.Next(input.Count - length + 1);
                var moved = input.GetRange(at, length);
                input.RemoveRange(at, length);
                input.InsertRange(Math.Min(to, input.Count), moved);
                break;
        }
    }

    /// <summary>Length of the number at a place; 0 where none is.</summary>
    static int Number(List<byte> input, int at)
    {
        var end = at;
        while (end < input.Count && (char.IsAsciiDigit((char)input[end]) || input[end] is (byte)'.' or (byte)'-' or (byte)'+' or (byte)'e')) end++;
        return end - at;
    }

    static void RemoveLine(List<byte> input, int at)
    {
        var (begin, end) = (at, at);
        while (begin > 0 && input[begin - 1] != '\n') begin--;
        while (end < input.Count && (end == at || input[end - 1] != '\n')) end++;
        input.RemoveRange(begin, end - begin);
    }

    static void Replace(List<byte> input, int at, int length, string text)
    {
        input.RemoveRange(at, length);
        input.InsertRange(at, Encoding.UTF8.GetBytes(text));
    }
}
