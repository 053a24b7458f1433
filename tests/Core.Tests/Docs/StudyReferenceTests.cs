using System.Text.Json.Nodes;
using AtomSets.Commands;
using AtomSets.Core.Tests.Engine;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using Xunit;

namespace AtomSets.Core.Tests.Docs;

/// <summary>The reference of study files says what the reader does.</summary>
public sealed class StudyReferenceTests
{
    const string Page = "docs/study-file-reference.md";

    public static TheoryData<string, string> Keys => Of(_ => true);

    public static TheoryData<string, string> Defaults => Of(key => key.Default is not null);

    [Fact]
    public void The_page_is_what_the_program_writes()
    {
        var written = ReferenceWriter.Markdown(ReferenceSection.All(ModelRegistry.Default));
        Assert.True(written == GuidePages.Read(Page), $"{Page} is not what the program reads: ./atomsets study keys --format markdown --output {Page}");
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Each_key_is_read_with_its_example(string section, string name)
    {
        var key = Key(section, name);
        var document = StudyFileReader.Parse(StudyOf(section, key, key.Example), "a.yaml");
        Assert.Equal((section, name) == ("study", "study") ? key.Example : "whole", document.Name);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_value_of_the_wrong_kind_is_refused(string section, string name)
    {
        var key = Key(section, name);
        if (key.Form is StudyKeyForm.Text or StudyKeyForm.Part or StudyKeyForm.Names or StudyKeyForm.Entries or StudyKeyForm.NameOrChoice or StudyKeyForm.NamesOrChoice) return;
        var refused = Assert.Throws<StudyFileException>(() => Resolve(StudyOf(section, key, "wrong")));
        Assert.Contains(refused.Problems, problem => problem.Text.Contains("wrong", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public void To_write_a_default_out_changes_nothing(string section, string name)
    {
        var key = Key(section, name);
        Assert.Equal(Resolve(StudyOf(section, key, null)), Resolve(StudyOf(section, key, key.Default)));
    }

    [Theory]
    [InlineData("megnet")]
    [InlineData("training")]
    [InlineData("split")]
    public void A_section_is_found_by_name(string name) => Assert.Equal(name, Assert.Single(ReferenceWriter.Named(ReferenceSection.All(ModelRegistry.Default), name)).Name);

    [Fact]
    public void An_unknown_section_is_refused_with_the_nearest() =>
        Assert.Contains("splits", Assert.Throws<InputException>(() => ReferenceWriter.Named(ReferenceSection.All(ModelRegistry.Default), "splits")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_schema_has_every_key_and_every_reference_leads_somewhere()
    {
        var schema = StudySchema.Create(ModelRegistry.Default);
        foreach (var section in StudyKeys.Sections.Where(section => !section.IsOpen))
        {
            var described = section == StudyKeys.Study ? schema : schema["definitions"]![section.Title]!;
            Assert.Equal(section.Keys.Select(key => key.Name), described["properties"]!.AsObject().Select(property => property.Key));
        }
        foreach (var reference in References(schema))
            Assert.NotNull(schema["definitions"]![reference[(reference.LastIndexOf('/') + 1)..]]);
    }

    static TheoryData<string, string> Of(Func<StudyKey, bool> chosen)
    {
        var data = new TheoryData<string, string>();
        foreach (var section in StudyKeys.Sections)
            foreach (var key in section.Keys.Where(chosen)) data.Add(section.Title, key.Name);
        return data;
    }

    static StudyKey Key(string section, string name) => StudyKeys.Sections.Single(candidate => candidate.Title == section).Find(name)!;

    /// <summary>A study that resolves, with this value of a key, or without the key.</summary>
    static string StudyOf(string section, StudyKey key, string? value)
    {
        var parts = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal)
        {
            ["source"] = new() { ["data"] = "ionic:60:1", ["target"] = "lattice_energy_kapustinskii_ev_atom", ["split"] = "{ validation: 10 }", ["training"] = "{ epochs: 2 }" },
            ["target"] = new() { ["data"] = "ionic:60:2", ["target"] = "lattice_energy_ev_atom", ["sizes"] = "[8]" },
            ["where"] = new() { ["max_sites"] = "40" },
            ["delta"] = new() { ["target"] = "gap_like_ev" },
            ["split"] = new() { ["validation"] = "10", ["test"] = "10" },
            ["size"] = new() { ["rows"] = "8" },
            ["model"] = new() { ["kind"] = "megnet", ["width"] = "{ choice: [8, 16] }" },
            ["transfer"] = new() { ["mode"] = "full", ["name"] = "other" },
            ["ensemble"] = new() { ["ensemble"] = "moved", ["name"] = "both" },
            ["acquire"] = new() { ["by"] = "random", ["start"] = "10", ["batch"] = "5", ["rounds"] = "2" },
            ["search"] = new() { ["sampler"] = "grid" },
            ["pruner"] = new() { ["rule"] = "asha" },
            ["budget"] = new() { ["trials"] = "500" },
            ["study"] = new() { ["study"] = "whole" },
        };
        // What goes with the key, or not.
        foreach (var other in Beside(section, key.Name))
        {
            if (other.StartsWith('-')) parts[section].Remove(other[1..]);
            else parts[section][other.Split(':')[0]] = other.Split(':', 2)[1].Trim();
        }
        if (value is null) parts[section].Remove(key.Name);
        else parts[section][key.Name] = value;

        string Part(string name) => $"{{ {string.Join(", ", parts[name].Select(pair => $"{pair.Key}: {pair.Value}"))} }}";
        void Nest(string inner, string outer, string under, string? text = null)
        {
            if (section == inner || text is not null) parts[outer][under] = text ?? Part(inner);
        }
        parts["target"].TryAdd("split", Part("split"));
        Nest("where", "target", "where");
        Nest("delta", "target", "delta");
        Nest("size", "target", "sizes", section == "size" ? $"[{Part("size")}]" : null);
        Nest("acquire", "transfer", "acquire");
        Nest("pruner", "search", "pruner");
        var study = parts["study"];
        study.TryAdd("sources", $"{{ cheap: {{ data: ionic:60:1, target: lattice_energy_kapustinskii_ev_atom, split: {{ validation: 10 }} }}, tried: {Part("source")} }}");
        study.TryAdd("targets", $"{{ dear: {Part("target")} }}");
        study.TryAdd("models", $"{{ net: {Part("model")} }}");
        study.TryAdd("transfer", $"[scratch, {{ mode: full, name: moved }}, {Part(section == "ensemble" ? "ensemble" : "transfer")}]");
        study.TryAdd("search", Part("search"));
        if (section == "budget") study["budget"] = Part("budget");
        return string.Join('\n', study.Select(pair => $"{pair.Key}: {pair.Value}"));
    }

    static string[] Beside(string section, string key) => (section, key) switch
    {
        ("source", "parent") => ["-data", "-target", "-split"],
        ("source", "state") => ["-data", "-target", "-split", "parent: some"],
        ("source", "mode") => ["from: cheap"],
        ("split", "folds") => ["-test"],
        ("split", "repeats" or "nested") => ["-test", "folds: 2"],
        _ => [],
    };

    static string Resolve(string text)
    {
        using var bench = new EngineBench();
        return bench.Resolve(text).Hash;
    }

    static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(member => member.Key == "$ref" ? [(string)member.Value!] : References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
