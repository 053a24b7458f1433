using System.Globalization;

namespace AtomSets.Commands;

/// <summary>Numbers as people read them: four significant digits, no culture.</summary>
static class Numbers
{
    public static string Short(double value)
    {
        if (!double.IsFinite(value)) return "-";
        var size = Math.Abs(value);
        if (size == 0) return "0";
        if (size is >= 1e6 or < 1e-4) return value.ToString("0.###e0", CultureInfo.InvariantCulture);
        var decimals = Math.Clamp(3 - (int)Math.Floor(Math.Log10(size)), 0, 7);
        return value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>A mean and its standard error with the same decimals, such as <c>49.7 ± 1.2</c>.</summary>
    public static string WithError(double mean, double? standardError)
    {
        if (!double.IsFinite(mean)) return "-";
        if (standardError is not { } error || !double.IsFinite(error) || error <= 0) return Short(mean);
        // Two digits of the error, but no more than six of the mean.
        var decimals = Math.Clamp(1 - (int)Math.Floor(Math.Log10(error)), 0, 7);
        if (mean != 0) decimals = Math.Min(decimals, Math.Max(0, 5 - (int)Math.Floor(Math.Log10(Math.Abs(mean)))));
        var format = "F" + decimals.ToString(CultureInfo.InvariantCulture);
        return mean.ToString(format, CultureInfo.InvariantCulture) + " ± " + error.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>Whether an error is none but for rounding: replicates that are one and the same result.</summary>
    public static bool IsNothing(double mean, double error) => error <= 1e-12 * Math.Abs(mean);

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        { TotalMinutes: < 1 } => time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes} min {time.Seconds:00} s",
        _ => $"{(int)time.TotalHours} h {time.Minutes:00} min",
    };

    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => (bytes / 1024.0).ToString("0.0", CultureInfo.InvariantCulture) + " KiB",
        < 1024L * 1024 * 1024 => (bytes / (1024.0 * 1024)).ToString("0.0", CultureInfo.InvariantCulture) + " MiB",
        _ => (bytes / (1024.0 * 1024 * 1024)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB",
    };
}
