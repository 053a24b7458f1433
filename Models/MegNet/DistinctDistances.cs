using System.Numerics;

namespace AtomSets.Models.MegNet;

/// <summary>Finds equal bond lengths within one crystal: symmetry makes most lengths occur several times, and whatever depends on the length alone need be
/// computed once for each.</summary>
sealed class DistinctDistances
{
    int[] _slots = [];

    /// <summary>Writes each value of <paramref name="distances"/> once, in the order of first occurrence, and which one each bond has.</summary>
    /// <param name="distances">[e] in Å; equal means equal to the last bit.</param>
    /// <param name="distinct">Room for e values.</param>
    /// <param name="index">[e] place of each distance in <paramref name="distinct"/>, plus <paramref name="first"/>.</param>
    /// <param name="first">Added to every place.</param>
    /// <returns>The number of distinct values.</returns>
    public int Find(ReadOnlySpan<float> distances, Span<float> distinct, Span<int> index, int first)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * distances.Length));
        if (_slots.Length < size) _slots = new int[size];
        var slots = _slots.AsSpan(0, size);
        slots.Clear();
        var shift = 32 - BitOperations.Log2((uint)size);
        var count = 0;
        for (var k = 0; k < distances.Length; k++)
        {
            var distance = distances[k];
            var slot = (int)(BitConverter.SingleToUInt32Bits(distance) * 0x9E3779B1u >> shift);
            while (slots[slot] != 0 && distinct[slots[slot] - 1] != distance) slot = (slot + 1) & (size - 1);
            if (slots[slot] == 0)
            {
                distinct[count++] = distance;
                slots[slot] = count;
            }
            index[k] = first + slots[slot] - 1;
        }
        return count;
    }
}
