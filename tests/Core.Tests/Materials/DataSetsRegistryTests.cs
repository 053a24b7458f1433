using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class DataSetsRegistryTests
{
    static DataSetRegistry Registry => DataSetRegistry.Shared;

    [Fact]
    public void The_registry_is_complete_and_consistent()
    {
        Assert.Equal(8, Registry.Sets.Count(set => set.Name.StartsWith("struct_", StringComparison.Ordinal)));
        Assert.Equal(4, Registry.Sets.Count(set => set.Name.StartsWith("comp_oqmd_", StringComparison.Ordinal)));
        Assert.Equal(13, Registry.Sets.Count(set => set.File.StartsWith("comp_matbench/", StringComparison.Ordinal)));
        Assert.Equal(14, Registry.Sets.Count(set => set.File.StartsWith("comp_bench/", StringComparison.Ordinal)));
        Assert.Equal(41, Registry.Sets.Count(set => set.File.StartsWith("crossprop/", StringComparison.Ordinal)));
        Assert.Equal(81, Registry.Sets.Count);
        Assert.All(Registry.Sets, set =>
        {
            Assert.NotEmpty(set.Title);
            Assert.NotEmpty(set.Licence);
            Assert.NotEmpty(set.Citations);
            Assert.NotEmpty(set.Sources);
            Assert.NotEmpty(set.Targets);
            Assert.All(set.Targets, target => Assert.True(target.Unit.Length > 0 && target.About.Length > 0 && target.Property.Length > 0));
            Assert.All(set.Published, figure => Assert.Contains(set.Targets, target => target.Name == figure.Column));
            Assert.True(set.Generator is not null || set.Sha256?.Length == 64);
        });
    }

    [Theory]
    [InlineData("mp_pool", "struct_mp_pool")]
    [InlineData("elastic_mp_binary", "struct_elastic_mp_binary")]
    [InlineData("matbench_phonons", "matbench_phonons")]
    [InlineData("phonons", "struct_matbench_phonons")]
    [InlineData("crossprop/expt_bandgap", "expt_bandgap")]
    [InlineData("oqmd_bandgap", "comp_oqmd_bandgap")]
    public void Short_names_lead_to_one_set(string name, string expected) => Assert.Equal(expected, Registry.Find(name).Name);

    [Fact]
    public void A_misspelt_name_or_column_is_answered_with_the_nearest()
    {
        Assert.Contains("did you mean 'struct_mp_pool'?", Assert.Throws<InputException>(() => Registry.Find("struct_mp_pol")).Message);
        Assert.Contains("did you mean 'e_form_mp2018_ev_atom'?", Assert.Throws<InputException>(() => Registry.Find("mp_pool").Target("e_form_mp2018_ev_atm")).Message);
    }

    [Fact]
    public void Published_figures_are_the_catalogued_ones()
    {
        var phonons = Registry.Find("matbench_phonons");
        Assert.Equal(28.7606, phonons.Published.Single(figure => figure.Method.StartsWith("MEGNet", StringComparison.Ordinal)).Value);
        Assert.Equal(0.0708, Registry.Find("expt_deltae").Published.Single(figure => figure.Method.StartsWith("best TL", StringComparison.Ordinal)).Value);
        Assert.Equal("ROC-AUC (labels)", Registry.Find("matbench_glass").Published[0].Metric);
    }

    [Theory]
    [InlineData("mp-2019.4.1_formation_energy", "struct_mp_pool", "e_form_mp2018_ev_atom", true)]
    [InlineData("mp-2019.4.1_formation_energy", "struct_mp_pool", "gap_pbe_mp2018_ev", false)]
    [InlineData("mp-2019.4.1_formation_energy", "struct_matbench_phonons", "last_phdos_peak_cm1", false)]
    [InlineData("mp-2019.4.1_formation_energy", "matbench_mp_e_form", "target", true)]
    [InlineData("mp-2018.6.1_log10G", "struct_elastic_mp_binary", "log10_k_vrh", true)]
    [InlineData("cgcnn_bulk-moduli", "matbench_log_gvrh", "target", true)]
    [InlineData("mf_2020_pbe_gllb_hse_exp_3", "struct_mf_gaps", "gap_hse_ev", true)]
    [InlineData("mf_2020_pbe_gllb_hse_exp_3", "matbench_expt_gap", "target", true)]
    [InlineData("mp-2018.6.1_band_gap_regression", "matbench_mp_gap", "target", true)]
    [InlineData("mp-2019.4.1_efermi", "struct_mp_pool", "e_form_mp2018_ev_atom", false)]
    [InlineData("qm9-2018.6.1_U0", "struct_mp_pool", "e_form_mp2018_ev_atom", false)]
    [InlineData("my-own-parent", "struct_mp_pool", "e_form_mp2018_ev_atom", false)]
    public void A_parent_that_has_seen_the_labels_is_refused(string parent, string set, string column, bool refused)
    {
        var reason = Registry.Parents.Check(parent, set, column);
        Assert.Equal(refused, reason is not null);
        if (refused) Assert.Contains($"{set}.{column}", reason);
    }

    [Fact]
    public void Every_refused_column_exists()
    {
        foreach (var family in Registry.Parents.Families)
            foreach (var (set, columns) in family.Refused)
                foreach (var column in columns) Assert.NotNull(Registry.Find(set).Target(column));
        Assert.All(Registry.Overlaps, overlap => Assert.Equal((overlap.Source, overlap.Target), (Registry.Find(overlap.Source).Name, Registry.Find(overlap.Target).Name)));
    }

    [Fact]
    public void Forbidden_pairs_are_known_in_both_directions()
    {
        Assert.True(Registry.OverlapsOf("expt_bandgap", "matbench_expt_gap").Single().Forbidden);
        Assert.True(Registry.OverlapsOf("matbench_expt_gap", "expt_bandgap").Single().Forbidden);
        Assert.False(Registry.OverlapsOf("struct_mp_pool", "struct_matbench_phonons").Single().Forbidden);
        Assert.Empty(Registry.OverlapsOf("struct_matbench_phonons", "struct_mp_pool"));
    }

    [DataFact]
    public void Every_published_model_belongs_to_a_family()
    {
        foreach (var file in Directory.EnumerateFiles(TestData.Path("models"), "*.npz"))
            Assert.NotNull(Registry.Parents.FamilyOf(Path.GetFileNameWithoutExtension(file)));
    }

    [DataFact]
    public void Every_shipped_file_is_the_registered_one_with_the_catalogued_rows()
    {
        var loader = new DataSetLoader(new DataLocations(TestData.Root, Path.GetTempPath()), Registry);
        foreach (var set in Registry.Sets.Where(set => set.Generator is null && set.StructuresFrom is null))
        {
            // With a limit, the formulas of the other rows are not parsed: enough for the count and the hash of the largest files.
            var loaded = loader.Load(set.Name, new DataSetQuery { Structures = false, Limit = set.Rows > 30_000 ? 100 : null });
            Assert.Equal((set.Name, set.Rows, set.Sha256), (loaded.Name, loaded.TotalRows, loaded.ContentHash));
            // Three formulas were destroyed by a spreadsheet; everything else is usable.
            Assert.Equal(set.Name switch { "mbj_bandgap" => 1, "meps" => 2, _ => 0 }, loaded.Refusals.Count);
            Assert.Empty(loaded.Warnings);
            Assert.All(set.LicenceFiles, file => Assert.True(File.Exists(TestData.Path("licenses/" + file)), file));
        }
    }
}
