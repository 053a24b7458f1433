using System.Text.Json;
using AtomSets.Commands;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class OutputTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(49.7234, "49.72")]
    [InlineData(0.0123456, "0.01235")]
    [InlineData(-1.5, "-1.500")]
    [InlineData(123456, "123456")]
    [InlineData(1.5e-7, "1.5e-7")]
    [InlineData(double.NaN, "-")]
    public void Numbers_show_four_digits(double value, string expected) => Assert.Equal(expected, Numbers.Short(value));

    [Theory]
    [InlineData(49.7234, 1.234, "49.7 ± 1.2")]
    [InlineData(0.02871, 0.00042, "0.02871 ± 0.00042")]
    [InlineData(812.3, 35.0, "812 ± 35")]
    [InlineData(2.99792274, 1e-9, "2.99792 ± 0.00000")]
    public void A_mean_has_the_decimals_of_its_error(double mean, double error, string expected) => Assert.Equal(expected, Numbers.WithError(mean, error));

    [Fact]
    public void A_mean_of_one_run_has_no_error() => Assert.Equal("49.72", Numbers.WithError(49.7234, null));

    [Fact]
    public void Csv_quotes_what_needs_it_and_keeps_full_precision()
    {
        var table = new RowTable("name", "value", "note");
        table.Add("a,b", 0.1 + 0.2, "say \"hi\"");
        table.Add("plain", double.NaN, null);
        Assert.Equal("name,value,note\n\"a,b\",0.30000000000000004,\"say \"\"hi\"\"\"\nplain,,\n", table.ToCsv());
    }

    [Fact]
    public void Json_is_an_array_of_objects_and_has_null_for_what_is_not_a_number()
    {
        var table = new RowTable("name", "value");
        table.Add("x", double.PositiveInfinity);
        table.Add("y", 2.5);
        using var json = JsonDocument.Parse(table.ToJson());
        Assert.Equal(JsonValueKind.Null, json.RootElement[0].GetProperty("value").ValueKind);
        Assert.Equal(2.5, json.RootElement[1].GetProperty("value").GetDouble());
    }

    [Fact]
    public void Text_aligns_numbers_right_and_pads_no_last_column()
    {
        var table = new RowTable("name", "n", "note");
        table.Add("a", 5, "short");
        table.Add("longer", 12345, null);
        Assert.Equal("name        n  note\n------  -----  ----\na           5  short\nlonger  12345\n", table.ToText());
    }

    [Fact]
    public void A_power_law_is_a_straight_line_on_the_plot()
    {
        var points = new[] { 10.0, 100, 1000 }.Select(n => (n, 5 / Math.Sqrt(n))).ToList();
        var lines = LogLogPlot.Draw([new("law", '#', points)], "size", "error", width: 41, height: 21).Split('\n');
        var marks = lines.SelectMany((line, row) => line.Select((c, column) => (c, column, row))).Where(m => m.c == '#' && m.row <= 21).ToList();
        Assert.Equal(3, marks.Count);
        Assert.Equal(marks[1].column - marks[0].column, marks[2].column - marks[1].column);
        Assert.Equal(marks[1].row - marks[0].row, marks[2].row - marks[1].row);
        Assert.True(marks[0].row < marks[2].row, "the error falls to the right");
    }

    [Fact]
    public void A_plot_of_one_point_or_none_does_not_fail()
    {
        Assert.Equal("", LogLogPlot.Draw([new("empty", 'o', [])], "x", "y"));
        Assert.Contains("#", LogLogPlot.Draw([new("one", '#', [(100, 3)])], "x", "y"), StringComparison.Ordinal);
    }
}
