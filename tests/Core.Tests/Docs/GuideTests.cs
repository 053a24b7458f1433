using System.CommandLine;
using System.CommandLine.Parsing;
using System.Xml.Linq;
using AtomSets.Commands;
using AtomSets.Core.Tests.Engine;
using AtomSets.Engine;
using Spectre.Console;
using Xunit;

namespace AtomSets.Core.Tests.Docs;

/// <summary>What the guide tells people to type and write is understood by the program.</summary>
public sealed class GuideTests
{
    static readonly string[] OtherCommands = ["./test", "dotnet", "tests/Cluster.Tests/faults", "tests/Cluster.Tests/cuts"];

    public static TheoryData<string> Pages => [.. GuidePages.Pages];

    public static TheoryData<string, int> BuiltInStudies => Studies(published: false);

    public static TheoryData<string, int> StudiesFromPublishedModels => Studies(published: true);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_line_is_understood(string page)
    {
        foreach (var block in GuidePages.Blocks(page).Where(block => block.Language is "sh" or "console" or "bash"))
        {
            for (var i = 0; i < block.Lines.Count; i++)
            {
                // Of a session with its output only the typed lines are commands.
                if (block.Language == "console" && !block.Lines[i].StartsWith("$ ", StringComparison.Ordinal)) continue;
                var words = ShellLine.Words(block.Language == "console" ? block.Lines[i][2..] : block.Lines[i]);
                if (words.Count == 0) continue;
                var place = $"{page}:{block.Line + i}: {block.Lines[i]}";
                if (words[0] is "./atomsets" or "atomsets") Assert.True(Problems(words.Skip(1)) is [], $"{place}\n{string.Join('\n', Problems(words.Skip(1)))}");
                else Assert.True(OtherCommands.Contains(words[0]), $"{place}\nis no command of the program and not among {string.Join(", ", OtherCommands)}");
            }
        }
    }

    [Theory]
    [InlineData("study run quick.yaml --wrokers 2")]
    [InlineData("results quick --bye mode")]
    [InlineData("data list everything")]
    [InlineData("predict NaCl.cif")]
    [InlineData("db restart")]
    public void A_wrong_command_line_would_be_noticed(string line) => Assert.NotEmpty(Problems(ShellLine.Words(line)));

    [Fact]
    public void The_guide_names_every_verb()
    {
        var shown = GuidePages.Pages.SelectMany(GuidePages.Blocks).Where(block => block.Language is "sh").SelectMany(block => block.Lines)
            .Select(ShellLine.Words).Where(words => words is ["./atomsets", ..]).Select(words => VerbPath(Parse(words.Skip(1)).CommandResult)).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(Leaves(CommandLine.Create(Context()), "").ToHashSet(StringComparer.Ordinal), shown);
    }

    [Theory]
    [MemberData(nameof(BuiltInStudies))]
    public void A_study_of_a_page_resolves(string page, int line) => Resolve(page, line, shippedData: false);

    [DataTheory]
    [MemberData(nameof(StudiesFromPublishedModels))]
    public void A_study_from_a_published_model_resolves(string page, int line) => Resolve(page, line, shippedData: true);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_leads_somewhere(string page)
    {
        foreach (var link in GuidePages.Links(page).Where(link => !link.Contains("://", StringComparison.Ordinal)))
        {
            var (path, anchor) = link.Split('#') is [var before, var after] ? (before, after) : (link, null);
            var target = path.Length == 0 ? Path.Combine(GuidePages.Root, page) : Path.Combine(GuidePages.Root, Path.GetDirectoryName(page)!, path);
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{page}: {link} leads nowhere");
            if (anchor is not null) Assert.True(GuidePages.Anchors(File.ReadAllText(target)).Contains(anchor), $"{page}: {link} names no heading of {target}");
        }
    }

    [Fact]
    public void The_picture_of_the_architecture_shows_the_references_of_the_projects()
    {
        var picture = GuidePages.Blocks("docs/architecture.md").Single(block => block.Language == "mermaid").Lines
            .Select(line => line.Split("-->", StringSplitOptions.TrimEntries)).Where(ends => ends.Length == 2).Select(ends => $"{ends[0]} -> {ends[1]}");
        var projects = Directory.GetFiles(GuidePages.Root, "*.csproj", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Where(path => Path.GetFileNameWithoutExtension(path) == Path.GetFileName(Path.GetDirectoryName(path)));
        var references = projects.SelectMany(path => XDocument.Load(path).Descendants("ProjectReference")
            .Select(reference => $"{Path.GetFileNameWithoutExtension(path)} -> {Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!)}"));
        Assert.Equal(references.Order(StringComparer.Ordinal), picture.Order(StringComparer.Ordinal));
    }

    static void Resolve(string page, int line, bool shippedData)
    {
        var text = string.Join('\n', GuidePages.Blocks(page).Single(block => block.Line == line).Lines);
        using var bench = new EngineBench(shippedData);
        Assert.NotEmpty(bench.Resolver.Resolve(text, page).Nodes);
    }

    static TheoryData<string, int> Studies(bool published)
    {
        var studies = new TheoryData<string, int>();
        foreach (var block in GuidePages.Pages.SelectMany(GuidePages.Blocks).Where(block => block.Language is "yaml" or "yml"))
        {
            var study = StudyFileReader.Parse(string.Join('\n', block.Lines), block.Page);
            if (study.Sources.Any(source => source.Parent is not null) == published) studies.Add(block.Page, block.Line);
        }
        return studies;
    }

    static IReadOnlyList<string> Problems(IEnumerable<string> words)
    {
        var parsed = Parse(words);
        // Where a verb takes any number of words (results, predict), the parser takes a misspelt option for one of them.
        var swallowed = parsed.Tokens.Where(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal)).Select(token => token.Value);
        return [.. parsed.Errors.Select(error => error.Message), .. parsed.UnmatchedTokens.Concat(swallowed).Select(token => $"'{token}' is not understood")];
    }

    static ParseResult Parse(IEnumerable<string> words) => CommandLine.Create(Context()).Parse([.. words]);

    static string VerbPath(SymbolResult result) => result is CommandResult { Command: not RootCommand } command ? VerbPath(command.Parent!) + " " + command.Command.Name : "";

    static IEnumerable<string> Leaves(Command command, string path) =>
        command.Subcommands.Count == 0 ? [path] : command.Subcommands.SelectMany(verb => Leaves(verb, path + " " + verb.Name));

    static CliContext Context() => new(
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }), TextWriter.Null, _ => null, TimeProvider.System, new NoSessions());

    sealed class NoSessions : ISessionFactory
    {
        public Task<Session> OpenAsync(SessionRequest request, CancellationToken cancellation) => throw new InvalidOperationException("a parsed line runs nothing");
    }
}
