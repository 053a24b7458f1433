using System.Collections.Immutable;
using AtomSets.Core.Tests.Docs.Examples;
using AtomSets.Core.Tests.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Docs;

/// <summary>What docs/extending.md shows is compiled here, is what it shows, and works.</summary>
public sealed class ExtendingTests
{
    const string Page = "docs/extending.md";

    [Theory]
    [InlineData("PerceptronFamily.cs")]
    [InlineData("HaltonSampler.cs")]
    public void The_page_shows_the_code_that_is_compiled(string file)
    {
        var code = System.IO.File.ReadAllText(Path.Combine(GuidePages.Root, "tests/Core.Tests/Docs/Examples", file)).TrimEnd();
        Assert.Contains(GuidePages.Blocks(Page).Where(block => block.Language == "csharp"), block => string.Join('\n', block.Lines).TrimEnd() == code);
    }

    [Fact]
    public async Task The_model_trains_carries_over_and_is_tested_in_a_study()
    {
        const string Study = """
            study: perceptrons
            sources:
              cheap: { data: "ionic:80:1", target: lattice_energy_kapustinskii_ev_atom, split: { validation: 12 } }
            targets:
              dear: { data: "ionic:80:2", target: lattice_energy_ev_atom, split: { validation: 12, test: 12 }, sizes: [24] }
            models:
              net: { kind: perceptron, width: 16 }
            transfer: [scratch, full, new-head, "freeze:body"]
            training: { epochs: 4, patience: 4 }
            """;
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench(models: new ModelRegistry([.. ModelRegistry.Default.Families, new PerceptronFamily()]));
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study, "perceptrons.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("perceptrons", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
    }

    [Fact]
    public void The_sampler_fills_the_space_evenly_and_draws_the_same_again()
    {
        var sampler = new HaltonSampler();
        ImmutableArray<SearchDimension> space = [new FloatDimension("rate", 0, 1), new IntDimension("width", 1, 3), new ChoiceDimension("loss", [new ParameterValue.Word("mse"), new ParameterValue.Word("mae")])];
        var search = new SearchNode("s", "halton", 12, space, [new SpecTemplate("""{"kind":"train"}""")]);
        sampler.Check(search);
        var draws = Enumerable.Range(0, 12).Select(number => sampler.Draw(search, 1, number, [])).ToArray();
        Assert.Equal([0.5, 0.25, 0.75], draws.Take(3).Select(draw => ((ParameterValue.Real)draw["rate"]).Value));
        Assert.Equal([4, 4, 4], draws.GroupBy(draw => draw["width"]).Select(group => group.Count()));
        Assert.Equal(draws[7], sampler.Draw(search, 99, 7, []));
    }

    [Fact]
    public void The_page_s_description_registers_a_set()
    {
        var folder = Directory.CreateTempSubdirectory("atomsets-described").FullName;
        try
        {
            var described = string.Join('\n', GuidePages.Blocks(Page).Single(block => block.Language == "yaml registry").Lines);
            File.WriteAllText(Path.Combine(folder, "my-sets.yaml"), described);
            File.WriteAllText(Path.Combine(folder, "gaps.csv"), "nr,compound,gap_hse,gap_pbe,method,part,cv\n7,NaCl,8.5,5.0,HSE06,train,0\n8,MgO,7.7,4.8,HSE06,test,1\n9,Xx2,1,1,HSE06,train,1\n");
            var loader = new DataSetLoader(new DataLocations(null, Path.Combine(folder, "home")), DataSetRegistry.Shared);
            var (imported, rows) = Assert.Single(DataSetImport.ImportDescribed(loader, Path.Combine(folder, "my-sets.yaml"), replace: false));
            Assert.Equal(("my-gaps", 2, 1), (imported.Descriptor.Name, rows.Count, rows.Refusals.Count));
            var set = loader.Load("my-gaps", new DataSetQuery { Targets = ["gap_hse"] });
            Assert.Equal(("eV", "band_gap_hse"), (set.Descriptor.Target("gap_hse").Unit, set.Descriptor.Target("gap_hse").Property));
            Assert.Equal(["7", "8"], set.Ids);
            Assert.Equal(["test"], set.Descriptor.Split("part").Test);
            Assert.Equal(["cv"], set.Descriptor.FoldColumns);
            Assert.NotEmpty(set.Descriptor.Citations);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("sets: { a: { file: a.csv, targetz: { gap: { unit: eV } } } }", "did you mean 'targets'?")]
    [InlineData("sets: { a: { file: a.csv } }", "targets: is missing")]
    [InlineData("sets: { a: { targets: { gap: { unit: eV } } } }", "file: is missing")]
    [InlineData("sets: { a: { file: a.csv, targets: { gap: {} } } }", "cannot be read as a description")]
    [InlineData("sets: { a: { generator: ionic, file: a.csv, targets: { gap: { unit: eV } } } }", "leave them out")]
    [InlineData("sets: { a: { file: a.csv, rows: 99999999999, targets: { gap: { unit: eV } } } }", "cannot be read as a description")]
    [InlineData("folder: x", "describes no set")]
    [InlineData("- a", "cannot be read as a description")]
    public void A_wrong_description_says_what_is_wrong(string text, string says)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            var loader = new DataSetLoader(new DataLocations(null, Path.GetTempPath()), DataSetRegistry.Shared);
            Assert.Contains(says, Assert.Throws<InputException>(() => DataSetImport.ImportDescribed(loader, path, replace: false)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
