namespace AtomSets.Commands;

/// <summary>Text made to fit a width. Every character is taken as one column wide.</summary>
static class Cells
{
    /// <summary>Cut at the end.</summary>
    public static string Crop(string text, int width) =>
        text.Length <= width ? PlainText.Of(text) : width <= 0 ? "" : PlainText.Of(string.Concat(text.AsSpan(0, width - 1), "…"));

    /// <summary>Cut in the middle: of paths such as <c>transfer/target/full/n50/s1</c> both ends say what is meant.</summary>
    public static string CropMiddle(string text, int width)
    {
        if (text.Length <= width || width < 5) return Crop(text, width);
        var tail = (width - 1) * 2 / 3;
        return PlainText.Of(string.Concat(text.AsSpan(0, width - 1 - tail), "…", text.AsSpan(text.Length - tail)));
    }

    public static string Left(string text, int width) => Crop(text, width).PadRight(Math.Max(0, width));

    public static string Right(string text, int width) => Crop(text, width).PadLeft(Math.Max(0, width));
}
