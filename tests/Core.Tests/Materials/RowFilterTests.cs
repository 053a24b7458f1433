using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class RowFilterTests : IDisposable
{
    readonly string _home = Directory.CreateTempSubdirectory("atomsets-filter").FullName;

    [Fact]
    public void Steps_are_taken_in_order_and_counted()
    {
        // NaCl and Cl2Na2 are one formula; 7 is out of range, Fe is pure, He has no column, 3.5 is far from the others once 7 is gone.
        var set = Load("formula,e\nNaCl,-1\nCl2Na2,-2\nAl2O3,7\nFe,0\nHeNa2,0.1\nMgO,-1.5\nCaO,-1.4\nBaO,-1.2\nSrO,-1.1\nLiF,3.5\n", new RowFilter
        {
            Above = -20, Below = 5, Repeats = RepeatRule.Lowest, Sigma = 2, DropsPureElements = true, OnlyKnownElements = true,
        });
        Assert.Equal(["ClNa", "MgO", "CaO", "BaO", "OSr"], set.Formulas);
        Assert.Equal([-2, -1.5, -1.4, -1.2, -1.1], set.Column("e").ToArray());
        Assert.Equal([1, 1, 1, 1, 1], set.FilterSteps.Select(step => step.Rows));
        Assert.Equal(5, set.LeftOut);
    }

    [Theory]
    [InlineData(RepeatRule.Keep, "3 1 8 5")]
    [InlineData(RepeatRule.Lowest, "1 5")]
    [InlineData(RepeatRule.Mean, "4 5")]
    [InlineData(RepeatRule.Median, "3 5")]
    [InlineData(RepeatRule.First, "3 5")]
    public void Repeated_formulas_become_one(RepeatRule rule, string expected)
    {
        var set = Load("formula,e\nNaCl,3\nNa2Cl2,1\nClNa,8\nMgO,5\n", new RowFilter { Repeats = rule });
        Assert.Equal(expected, string.Join(' ', set.Column("e").ToArray()));
    }

    [Fact]
    public void A_limit_counts_what_the_filter_leaves_and_both_are_part_of_the_hash()
    {
        const string Table = "formula,e\nNaCl,3\nNa2Cl2,1\nMgO,5\nCaO,2\nFe,1\n";
        var filter = new RowFilter { DropsPureElements = true };
        var (limited, other, plain) = (Load(Table, filter, limit: 4), Load(Table, filter with { Repeats = RepeatRule.First }, limit: 4), Load(Table, null));
        Assert.Equal((4, 3, 5), (limited.Count, other.Count, plain.Count));
        Assert.Equal(3, new[] { limited.Hash, other.Hash, plain.Hash }.Distinct().Count());
    }

    [Fact]
    public void Differences_to_another_set_are_taken_where_it_has_the_formula()
    {
        File.WriteAllText(Path.Combine(_home, "computed.csv"), "formula,e\nNaCl,1\nCl2Na2,0.5\nMgO,2\nSiO2,9\n");
        var computed = new DeltaReference(Path.Combine(_home, "computed.csv"), "e");
        const string Table = "formula,e\nNaCl,3\nMgO,5\nCaO,2\nO4Si2,7\n";
        DataSet Of(DeltaReference? delta, RowFilter? filter = null)
        {
            File.WriteAllText(Path.Combine(_home, "table.csv"), Table);
            return new DataSetLoader(new DataLocations(null, _home), DataSetRegistry.Shared).Load(Path.Combine(_home, "table.csv"), new DataSetQuery { Targets = ["e"], Delta = delta, Filter = filter });
        }

        Assert.Equal([2.5, 3, -2], Of(computed).Column("e").ToArray());
        Assert.Equal([2.25, 3, -2], Of(computed with { Repeats = RepeatRule.Mean }).Column("e").ToArray());
        Assert.Equal([3, 5, 7], Of(computed with { Subtracts = false }).Column("e").ToArray());
        Assert.Equal([2.5, 3], Of(computed, new RowFilter { Above = 0 }).Column("e").ToArray());
        Assert.Equal([1], Of(computed).FilterSteps.Select(step => step.Rows));
        var before = Of(computed).Hash;
        File.AppendAllText(Path.Combine(_home, "computed.csv"), "BaO,1\n");
        Assert.NotEqual(before, Of(computed).Hash);
    }

    [Fact]
    public void What_a_limit_drops_of_differences_is_left_out()
    {
        var path = Path.Combine(_home, "both.csv");
        File.WriteAllText(path, "formula,e,f\nNaCl,3,1\nMgO,5,1\nCaO,2,\nSiO2,7,9\nBaO,4,2\n");
        DataSet Of(RowFilter? filter, int? limit) => new DataSetLoader(new DataLocations(null, _home), DataSetRegistry.Shared)
            .Load(path, new DataSetQuery { Targets = ["e"], Delta = new DeltaReference("", "f"), Filter = filter, Limit = limit });
        Assert.Equal((4, 1), (Of(null, null).Count, Of(null, null).LeftOut));
        Assert.Equal((3, 2), (Of(null, 3).Count, Of(null, 3).LeftOut));
        var positive = new RowFilter { Above = 0 };
        Assert.Equal((3, 2), (Of(positive, null).Count, Of(positive, null).LeftOut));
        Assert.Equal((1, 4), (Of(positive, 1).Count, Of(positive, 1).LeftOut));
    }

    DataSet Load(string table, RowFilter? filter, int? limit = null)
    {
        var path = Path.Combine(_home, "table.csv");
        File.WriteAllText(path, table);
        var loader = new DataSetLoader(new DataLocations(null, _home), DataSetRegistry.Shared);
        return loader.Load(path, new DataSetQuery { Targets = ["e"], Filter = filter, Limit = limit });
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
