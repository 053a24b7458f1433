using System.Collections;

namespace AtomSets.Materials;

/// <summary>Some of a list's crystals, which stay where they are.</summary>
/// <param name="all">The list.</param>
/// <param name="rows">Which, in the new order.</param>
sealed class PickedCrystals(IReadOnlyList<Crystal> all, int[] rows) : IReadOnlyList<Crystal>
{
    public int Count => rows.Length;

    public Crystal this[int index] => all[rows[index]];

    public IEnumerator<Crystal> GetEnumerator()
    {
        foreach (var row in rows) yield return all[row];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
