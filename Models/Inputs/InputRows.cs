namespace AtomSets.Models;

/// <summary>What <see cref="InputColumns"/> names, for every material of a data set. Safe to read from several threads.</summary>
public sealed class InputRows
{
    readonly InputBlock[] _blocks;

    internal InputRows(InputBlock[] blocks)
    {
        _blocks = blocks;
        Width = blocks.Sum(block => block.Width);
        Names = [.. blocks.SelectMany(block => block.Names)];
        Refused = blocks.Length == 1 ? blocks[0].Refused : [.. blocks.SelectMany(block => block.Refused).DistinctBy(row => row.Row).OrderBy(row => row.Row)];
    }

    /// <summary>Numbers per material.</summary>
    public int Width { get; }

    /// <summary>Name of each number.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Materials that lack some of the numbers, with the first reason, by row.</summary>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>Materials.</summary>
    public int Count => _blocks[0].Count;

    /// <summary>Writes the numbers of a material.</summary>
    /// <param name="row">Of the data set.</param>
    /// <param name="values">[<see cref="Width"/>], overwritten.</param>
    /// <exception cref="ModelException">A refused row.</exception>
    public void Fill(int row, Span<float> values)
    {
        foreach (var block in _blocks)
        {
            if (!block.Has(row)) throw new ModelException($"row {row}: {Refused.First(entry => entry.Row == row).Reason}");
            block.Fill(row, values[..block.Width]);
            values = values[block.Width..];
        }
    }
}
