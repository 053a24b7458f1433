namespace AtomSets.Models.Classical;

static class Medians
{
    /// <summary>The median; the mean of the middle two where their number is even.</summary>
    /// <param name="values">At least one; they are reordered.</param>
    public static double Of(double[] values)
    {
        Array.Sort(values);
        return values.Length % 2 == 1 ? values[values.Length / 2] : (values[values.Length / 2 - 1] + values[values.Length / 2]) / 2;
    }
}
