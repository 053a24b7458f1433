using System.Text.RegularExpressions;

namespace AtomSets.Core.Tests.Docs;

/// <summary>A fenced block of a page.</summary>
/// <param name="Page">Path below the repository's root.</param>
/// <param name="Line">1-based line of its first content line.</param>
/// <param name="Language">What stands behind the opening fence.</param>
/// <param name="Lines">Its content.</param>
public sealed record FencedBlock(string Page, int Line, string Language, IReadOnlyList<string> Lines);

/// <summary>The pages that users read.</summary>
static partial class GuidePages
{
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<string> Pages { get; } =
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "k8s/README.md", "tests/Upgrade/README.md", .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => Path.GetRelativePath(Root, path))];

    public static string Read(string page) => File.ReadAllText(Path.Combine(Root, page));

    public static IEnumerable<FencedBlock> Blocks(string page)
    {
        List<string>? content = null;
        var (language, first) = ("", 0);
        var number = 0;
        foreach (var line in Read(page).Split('\n'))
        {
            number++;
            if (!line.StartsWith("```", StringComparison.Ordinal)) content?.Add(line);
            else if (content is null) (content, language, first) = ([], line[3..].Trim(), number + 1);
            else
            {
                yield return new FencedBlock(page, first, language, content);
                content = null;
            }
        }
        if (content is not null) throw new InvalidOperationException($"{page}: the block at line {first} does not end");
    }

    /// <summary>Targets of all links, as written.</summary>
    public static IEnumerable<string> Links(string page) => Link().Matches(Read(page)).Select(match => match.Groups["to"].Value);

    /// <summary>Anchors that a page's headings have.</summary>
    public static IReadOnlySet<string> Anchors(string text) =>
        Heading().Matches(text).Select(match => NotInAnchor().Replace(match.Groups["title"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')).ToHashSet(StringComparer.Ordinal);

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "AtomSets.Cluster.sln"))) return folder.FullName;
        throw new InvalidOperationException("the repository's root is not above the tests");
    }

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<title>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInAnchor();
}
