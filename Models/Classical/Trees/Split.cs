namespace AtomSets.Models.Classical.Trees;

/// <summary>What a row adds to a node.</summary>
/// <param name="Weight">Its repetitions.</param>
/// <param name="Sum">Its target, as often.</param>
readonly record struct Sample(double Weight, double Sum);

/// <summary>Where a node is divided.</summary>
/// <param name="Column">That is looked at; −1: nowhere.</param>
/// <param name="Threshold">Values above it go right.</param>
/// <param name="Entry">First entry of the column's list that goes right.</param>
/// <param name="Score">Σ over both sides of (Σ y)² / n.</param>
readonly record struct Split(int Column, float Threshold, int Entry, double Score)
{
    public static Split None { get; } = new(-1, 0, 0, double.NegativeInfinity);
}
