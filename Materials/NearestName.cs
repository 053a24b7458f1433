namespace AtomSets.Materials;

/// <summary>Finds the known name that a misspelt one most likely meant, and says so at the end of an error message.</summary>
public static class NearestName
{
    const int NamesShown = 20;

    /// <summary>
    /// The only one of <paramref name="known"/> that begins with the word; else the closest within a third of the word's length (at least 2 edits); else the shortest that holds the word
    /// ("phonons" for "struct_matbench_phonons"); else null.
    /// </summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        var names = known as IReadOnlyCollection<string> ?? [.. known];
        if (word.Length > 2 && names.Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Take(2).ToList() is [var begun]) return begun;
        string? best = null;
        var bestDistance = Math.Max(2, word.Length / 3) + 1;
        foreach (var candidate in names)
        {
            var distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance >= bestDistance) continue;
            bestDistance = distance;
            best = candidate;
        }
        if (best is not null || word.Length < 4) return best;
        return names.Where(name => name.Contains(word, StringComparison.OrdinalIgnoreCase)).MinBy(name => name.Length);
    }

    /// <summary>To follow a semicolon: "did you mean 'x'?" or, when nothing is near, "known are a, b, c".</summary>
    public static string Advice(string word, IEnumerable<string> known)
    {
        var names = known as IReadOnlyCollection<string> ?? [.. known];
        return Of(word, names) is { } near ? $"did you mean '{near}'?" : names.Count == 0 ? "none is known" : $"known are {List(names)}";
    }

    /// <summary>A sentence with its leading space: " Did you mean "x"?" or, when nothing is near, " Known: a, b, c."; empty where nothing is known.</summary>
    public static string Hint(string word, IReadOnlyCollection<string> known) =>
        Of(word, known) is { } near ? $" Did you mean \"{near}\"?" : known.Count == 0 ? "" : $" Known: {List(known)}.";

    static string List(IReadOnlyCollection<string> names)
    {
        var shown = string.Join(", ", names.Order(StringComparer.Ordinal).Take(NamesShown));
        return names.Count > NamesShown ? $"{shown}, and {names.Count - NamesShown} more" : shown;
    }

    // Edit distance with adjacent transpositions (optimal string alignment).
    static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) table[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                var value = Math.Min(Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1), table[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) value = Math.Min(value, table[i - 2, j - 2] + 1);
                table[i, j] = value;
            }
        }
        return table[a.Length, b.Length];
    }
}
