using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("mp-2019.4.1_formatio", "mp-2019.4.1_formation_energy")] // not efermi, which is fewer letters away
    [InlineData("mp-2019.4.1_efremi", "mp-2019.4.1_efermi")]
    [InlineData("bulk", "struct_bulk_moduli")]
    [InlineData("nothing", null)]
    public void A_name_that_was_begun_comes_before_one_that_is_spelt_alike(string word, string? meant) =>
        Assert.Equal(meant, NearestName.Of(word, ["mp-2019.4.1_formation_energy", "mp-2019.4.1_efermi", "struct_bulk_moduli"]));
}
