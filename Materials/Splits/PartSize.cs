using System.Globalization;

namespace AtomSets.Materials;

/// <summary>Size of a part of a split: a share of the rows it is taken from, or a number of rows.</summary>
public readonly record struct PartSize
{
    readonly double _share;
    readonly int _rows;

    PartSize(double share, int rows)
    {
        _share = share;
        _rows = rows;
    }

    /// <param name="share">0 to 1 (exclusive) of the rows that the part is taken from.</param>
    public static PartSize Share(double share) => share is >= 0 and < 1
        ? new PartSize(share, 0)
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"a share of {share} is not possible: give 0 ≤ share < 1"));

    public static PartSize Rows(int rows) => rows >= 0
        ? new PartSize(0, rows)
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"a part of {rows} rows is not possible"));

    /// <summary>Rows of the part; a share above 0 gives at least one row.</summary>
    /// <exception cref="InputException">Nothing would be left.</exception>
    public int Of(int available)
    {
        var rows = _share > 0 ? Math.Max(1, (int)Math.Round(_share * available, MidpointRounding.AwayFromZero)) : _rows;
        return rows < available || (rows == 0 && available == 0) ? rows
            : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"a part of {rows} rows cannot be taken from {available}: none would be left for training"));
    }
}
