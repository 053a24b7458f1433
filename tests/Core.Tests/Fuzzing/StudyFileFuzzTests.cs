using AtomSets.Core.Tests.Docs;
using AtomSets.Engine;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Study files: what is read, and how it is refused.</summary>
public sealed class StudyFileFuzzTests
{
    [Fact]
    public void Study_files() => Fuzzer.Run(
        "study",
        new Mutator(
            [.. new[] { "quick.yaml", "every-key.yaml", "demo-ionic.yaml" }.Select(name => File.ReadAllBytes(Path.Combine(GuidePages.Root, "examples", name)))],
            [
                ": ", "- ", "{", "}", "[", "]", "&a ", "*a", "<<: *a", "!!int ", "|\n", ">\n", "? ", "---\n", "...\n", "#", "\"", "'", "~", "null", "  ", "\t", "choice: [", "{ log: [0, -1] }", "{ int: [5, 1] }", "transfer:", "targets:",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{a: {a: {a: {a: {a: {a: ", "&x [*x]", "&x [*x]: 1", "%YAML 9.9\n", "!!binary ",
            ]),
        input =>
        {
            var document = StudyFileReader.Parse(Fuzzer.Text(input), "fuzz.yaml");
            Assert.Matches("^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$", document.Name);
            Assert.True(document.Sources.Count + document.Targets.Count > 0);
        });
}
