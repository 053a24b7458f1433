using System.Text.RegularExpressions;
using Xunit;

namespace AtomSets.Core.Tests.Docs;

/// <summary>The messages that the troubleshooting page explains are those of the program.</summary>
public sealed partial class TroubleshootingTests
{
    const string Page = "docs/troubleshooting.md";
    const string Gap = "…";

    static readonly Lazy<string[]> s_texts = new(Texts);

    public static TheoryData<string> Messages => [.. Quoted().Matches(GuidePages.Read(Page)).Select(match => match.Groups["message"].Value)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_program_can_say_it(string message) =>
        Assert.True(s_texts.Value.Any(text => Says(text, message)), $"no text of the program holds \"{message}\": {Page} must quote what is printed");

    [Fact]
    public void Many_messages_are_explained() => Assert.True(Quoted().Count(GuidePages.Read(Page)) > 40);

    [Theory]
    [InlineData("a study of … rows is refused", "a study of … rows is refused: take fewer", true)]
    [InlineData("rows … is refused", "a study of … rows is refused", true)]
    [InlineData("refused … rows", "a study of … rows is refused", false)]
    [InlineData("a study of … columns", "a study of … rows is refused", false)]
    public void Fragments_are_found_in_order(string message, string text, bool says) => Assert.Equal(says, Says(text, message));

    static bool Says(string text, string message)
    {
        var at = 0;
        foreach (var fragment in message.Split(Gap, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            at = text.IndexOf(fragment, at, StringComparison.Ordinal);
            if (at < 0) return false;
            at += fragment.Length;
        }
        return true;
    }

    /// <summary>Every line of source that holds a text, with texts that go on over several lines joined, escapes resolved.</summary>
    static string[] Texts()
    {
        var folders = Directory.GetDirectories(GuidePages.Root).Where(folder => File.Exists(Path.Combine(folder, Path.GetFileName(folder) + ".csproj")));
        return [.. folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(path => Continued().Replace(File.ReadAllText(path), "").Split('\n'))
            .Where(line => line.Contains('"'))
            .Select(line => line.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal))];
    }

    [GeneratedRegex(@"^- `(?<message>[^`]+)`$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex("\"\\s*\\n\\s*\\+ \\$?\"", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Continued();
}
