using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AtomSets.Materials;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Docs;

/// <summary>One version number, in one place, and a changelog that goes with it.</summary>
public sealed partial class ChangelogTests
{
    [Fact]
    public void The_version_is_that_of_the_build_file_and_stands_nowhere_else()
    {
        var number = XDocument.Load(Path.Combine(GuidePages.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Equal(number, ProgramVersion.Number);
        Assert.StartsWith(number, ProgramVersion.Text, StringComparison.Ordinal);
        var others = new[] { "*.csproj", "*.props", "*.targets" }.SelectMany(pattern => Directory.GetFiles(GuidePages.Root, pattern, SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("node_modules", StringComparison.Ordinal))
            .Where(file => XDocument.Load(file).Descendants().Any(element => element.Name.LocalName is "Version" or "AssemblyVersion" or "FileVersion" or "InformationalVersion" or "VersionPrefix"));
        Assert.Equal([Path.Combine(GuidePages.Root, "Directory.Build.props")], others);
    }

    [Fact]
    public void The_changelog_begins_with_what_is_unreleased_or_with_this_version()
    {
        var headings = Heading().Matches(GuidePages.Read("CHANGELOG.md")).Select(match => match.Groups["name"].Value).ToList();
        Assert.NotEmpty(headings);
        Assert.Contains(headings[0], new[] { "Unreleased", ProgramVersion.Number });
        var released = headings.Where(name => name != "Unreleased").Select(Version.Parse).ToList();
        Assert.Equal(released.OrderDescending(), released);
        Assert.All(released, version => Assert.True(version <= Version.Parse(ProgramVersion.Number)));
    }

    [Fact]
    public void The_commit_is_told_by_executables_of_ours_alone()
    {
        Assert.Null(ProgramVersion.CommitOf(null));
        Assert.Null(ProgramVersion.CommitOf(typeof(FactAttribute).Assembly));
        Assert.DoesNotContain("+", typeof(ModelFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion, StringComparison.Ordinal);
        Assert.Null(ProgramVersion.CommitOf(typeof(ModelFile).Assembly));
    }

    [GeneratedRegex(@"^## \[(?<name>[^\]]+)\]( - [0-9]{4}-[0-9]{2}-[0-9]{2})?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();
}
