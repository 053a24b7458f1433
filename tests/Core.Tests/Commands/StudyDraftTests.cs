using AtomSets.Commands;
using AtomSets.Core.Tests.Engine;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

/// <summary>A drafted study file resolves as it stands.</summary>
public sealed class StudyDraftTests : IDisposable
{
    readonly EngineBench _bench = new();

    DataSetLoader Loader => new(new DataLocations(null, _bench.Home), DataSetRegistry.Shared);

    [Fact]
    public void A_table_of_formulas_gets_curves_of_formula_models()
    {
        var csv = _bench.Write("my gaps.csv", "Formula,Eg (eV)\n" + string.Concat(Enumerable.Range(1, 90).Select(i => $"Na{i}Cl,{i % 7}.5\n")) + "MgO,n.a.\n");
        var draft = StudyDraft.Of(Loader, csv, null, null, CancellationToken.None);
        Assert.Equal(("my-gaps", "Eg (eV)", 90, false), (draft.Name, draft.Target, draft.Rows, draft.HasStructures));
        Assert.Contains("sizes: [25, 50, all]", draft.ToString(), StringComparison.Ordinal);
        var study = _bench.Resolve(draft.ToString());
        // Three models, three sizes, three seeds.
        Assert.Equal(27, study.Nodes.OfType<TrainNode>().Count());
    }

    [Fact]
    public void Crystals_get_a_network()
    {
        var draft = StudyDraft.Of(Loader, "ionic:60:1", "gap_like_ev", "mine", CancellationToken.None);
        Assert.Equal(("mine", true, false, null), (draft.Name, draft.HasStructures, draft.IsClass, draft.Parent));
        Assert.NotEmpty(_bench.Resolve(draft.ToString()).Nodes);
    }

    [Fact]
    public void Classes_are_classified_and_official_folds_are_taken()
    {
        var csv = _bench.Write("metals.csv", "formula,is_metal,fold\n" + string.Concat(Enumerable.Range(1, 80).Select(i => $"Na{i}Cl,{i % 2},{i % 4}\n")));
        var draft = StudyDraft.Of(Loader, csv, "is_metal", null, CancellationToken.None);
        Assert.Contains("column: fold, folds: all", draft.ToString(), StringComparison.Ordinal);
        Assert.Contains("task: classification", draft.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(_bench.Resolve(draft.ToString()).Nodes);
    }

    [Fact]
    public void A_parent_at_hand_is_taken_over_and_beside_scratch()
    {
        var draft = new StudyDraft("mine", "ionic:60:1", "gap_like_ev", 60, HasStructures: true, IsClass: false, null, "net.safetensors");
        var study = StudyFileReader.Parse(draft.ToString(), "mine.yaml");
        Assert.Equal(["scratch", "full", "AtomSets-V1", "trees"], study.Transfer.Select(entry => entry.Name));
        Assert.Equal("net.safetensors", Assert.Single(study.Sources).Parent);
        var classes = StudyFileReader.Parse((draft with { IsClass = true }).ToString(), "mine.yaml");
        Assert.Equal(["AtomSets-V1", "trees"], classes.Transfer.Select(entry => entry.Name));
    }

    [Fact]
    public void Of_several_columns_one_must_be_named()
    {
        var refused = Assert.Throws<InputException>(() => StudyDraft.Of(Loader, "ionic:20:1", null, null, CancellationToken.None));
        Assert.Contains("gap_like_ev", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--target", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cells_that_are_no_number_are_told_without_a_target_too_and_a_header_tells_its_unit()
    {
        var csv = _bench.Write("cells.csv", "formula,Eg (eV),K [GPa],note\nNaCl,8.5,25,a\nMgO,\"7,7\",160,b\nKCl,n.a.,17,c\nLiF,13,,d\nCsI,6,12,e\n");
        var check = DataSetCheck.Of(Loader, csv);
        Assert.Equal(["'7,7' in Eg (eV) is not a finite number", "'n.a.' in Eg (eV) is not a finite number"], check.Warnings.Select(warning => warning.Reason));
        Assert.Equal(["eV", "GPa"], check.Set.Descriptor.Targets.Select(target => target.Unit));
    }

    public void Dispose() => _bench.Dispose();
}
