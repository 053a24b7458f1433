using AtomSets.Commands;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("Al2O3 – 2 θ\t(°)\n", "Al2O3 – 2 θ\t(°)\n")]
    [InlineData("\u001b[31mred\u001b[0m", "\uFFFD[31mred\uFFFD[0m")]
    [InlineData("a\u0007\u0000b\u009b2J", "a\uFFFD\uFFFDb\uFFFD2J")]
    [InlineData("txt.\u202efdp", "txt.\uFFFDfdp")]
    public void What_steers_a_terminal_is_shown_and_all_else_stays(string text, string shown)
    {
        Assert.Equal(shown, PlainText.Of(text));
        using var into = new StringWriter { NewLine = "\n" };
        var writer = PlainText.Over(into);
        writer.Write(text);
        writer.WriteLine(text);
        writer.Write(text.ToCharArray());
        foreach (var letter in text) writer.Write(letter);
        Assert.Equal(shown + shown + "\n" + shown + shown, into.ToString());
        Assert.Equal(shown.Length > 8 ? shown[..7] + "…" : shown, Cells.Crop(text, 8));
    }
}
