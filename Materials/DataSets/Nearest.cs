namespace AtomSets.Materials;

/// <summary>Finds the known word that a misspelt one most likely meant.</summary>
static class Nearest
{
    /// <summary>"did you mean 'x'? (known: …)" for the end of an error message.</summary>
    public static string Advice(string word, IEnumerable<string> known)
    {
        var words = known.ToList();
        if (words.Count == 0) return "it has none";
        var best = words.MinBy(candidate => Distance(word, candidate))!;
        var hint = Distance(word, best) <= Math.Max(2, word.Length / 3) ? $"did you mean '{best}'? " : "";
        return hint + "known: " + string.Join(", ", words.Take(12)) + (words.Count > 12 ? ", …" : "");
    }

    /// <summary>Edit distance, ignoring case.</summary>
    public static int Distance(string a, string b)
    {
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) previous[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + change);
            }
            (previous, current) = (current, previous);
        }
        return previous[b.Length];
    }
}
