using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class SetSanityTests : IDisposable
{
    readonly string _home = Directory.CreateTempSubdirectory("atomsets-sanity").FullName;

    [Fact]
    public void Baselines_floor_and_overlap_are_those_of_the_rows()
    {
        // Training: 1, 2, 9 (mean 4, median 2). Test: NaCl 3 and 5, MgO 2; NaCl is also in training.
        var one = Assert.Single(Look("a", "formula,e,split\nNaCl,1,train\nCaO,2,train\nBaO,9,train\nNaCl,3,test\nNa2Cl2,5,test\nMgO,2,test\n2-Feb,7,train\n"));
        Assert.Equal((6, 1, 4, 1), (one.Rows, one.Refusals.Count, one.Formulas, one.Repeating));
        Assert.Equal(4, one.Spread);
        Assert.Equal((3, 2), (one.TestRows, one.TestFormulasInTraining));
        Assert.Equal(4 / 3.0, one.MeanError!.Value, 12);
        Assert.Equal(4 / 3.0, one.MedianError!.Value, 12);
        Assert.Equal(2 / 3.0, one.Floor!.Value, 12);
        Assert.Empty(one.IdenticalTo);
    }

    [Fact]
    public void Sets_with_the_same_values_in_the_same_order_are_found()
    {
        const string Table = "formula,e\nNaCl,1\nCaO,2\n";
        Write("first", Table);
        Write("second", Table);
        Write("third", Table.Replace("NaCl,1", "NaCl,1.5", StringComparison.Ordinal));
        var found = SetSanity.Of(Loader, [PathOf("first"), PathOf("second"), PathOf("third")], "e");
        Assert.Equal(["second", "first", ""], found.Select(one => string.Join(' ', one.IdenticalTo)));
        Assert.All(found, one => Assert.Null(one.Floor));
    }

    [DataTheory]
    [InlineData("deltae", 0.85, 0.8166, 0.00846)]
    [InlineData("piezo_max_dij", 44.05, 23.41, 1.35)]
    [InlineData("expt_bandgap", 1.2052, double.NaN, double.NaN)]
    public void Published_sets_have_their_known_baselines(string name, double mean, double median, double floor)
    {
        var one = SetSanity.Of(new DataSetLoader(new DataLocations(TestData.Root, _home), DataSetRegistry.Shared), [name]).Single();
        Assert.Equal(mean, one.MeanError!.Value, 1e-3 * mean);
        if (double.IsNaN(median)) return;
        Assert.Equal(median, one.MedianError!.Value, 1e-3 * median);
        Assert.Equal(floor, one.Floor!.Value, 5e-3 * floor);
    }

    DataSetLoader Loader => new(new DataLocations(null, _home), DataSetRegistry.Shared);

    IReadOnlyList<SetSanity> Look(string name, string table)
    {
        Write(name, table);
        return SetSanity.Of(Loader, [PathOf(name)], "e");
    }

    void Write(string name, string table) => File.WriteAllText(PathOf(name), table);

    string PathOf(string name) => Path.Combine(_home, name + ".csv");

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
