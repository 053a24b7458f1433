using System.Text;

namespace AtomSets.Core.Tests.Docs;

/// <summary>Takes a shell line of a page apart: words, single and double quotes, comments. No pipes and no expansion of variables.</summary>
static class ShellLine
{
    public static IReadOnlyList<string> Words(string line)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        char? quote = null;
        foreach (var c in line)
        {
            if (quote is not null)
            {
                if (c == quote) quote = null;
                else word!.Append(c);
            }
            else if (c is '"' or '\'') (quote, word) = (c, word ?? new());
            else if (c == '#' && word is null) break;
            else if (!char.IsWhiteSpace(c)) (word ??= new()).Append(c);
            else if (word is not null)
            {
                words.Add(word.ToString());
                word = null;
            }
        }
        if (quote is not null) throw new FormatException($"a quote does not end: {line}");
        if (word is not null) words.Add(word.ToString());
        return words;
    }
}
