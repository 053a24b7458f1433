using System.Globalization;

namespace AtomSets.Materials;

/// <summary>
/// Candidates for a screening: a prototype whose elements are replaced by others, in every combination (as J. Schmidt et al., Sci. Adv. 7, eabi7948 (2021), doi
/// 10.1126/sciadv.abi7948, made perovskites). Cell and positions stay those of the prototype: a network of neighbour ranks takes them unrelaxed.
/// </summary>
public static class PrototypeSubstitution
{
    /// <summary>Every combination in which different elements of the prototype become different elements.</summary>
    /// <param name="prototype">The crystal; its id, or else its formula, begins the candidates' ids.</param>
    /// <param name="choices">Elements that may take the place of an element of the prototype; those without an entry stay.</param>
    /// <param name="balanced">Only combinations in which common oxidation states, one for each element, add up to 0.</param>
    /// <returns>Candidates in the order of the choices, the last element's changing fastest.</returns>
    /// <exception cref="InputException">A site of the prototype is shared or partly vacant; a replaced element is not in it, or has no choice.</exception>
    public static IEnumerable<Crystal> Enumerate(Crystal prototype, IReadOnlyDictionary<Element, IReadOnlyList<Element>> choices, bool balanced)
    {
        ArgumentNullException.ThrowIfNull(prototype);
        ArgumentNullException.ThrowIfNull(choices);
        if (prototype.Sites is { } sites)
            throw new InputException($"the prototype {Name(prototype)} has a disordered site ({sites.FirstShared}): elements are substituted where each site holds one whole atom");
        Element[] roles = [.. prototype.AtomicNumbers.ToArray().Distinct().Select(Element.FromAtomicNumber)];
        foreach (var (element, replacing) in choices)
        {
            if (!roles.Contains(element)) throw new InputException($"the prototype {Name(prototype)} holds no {element.Symbol}; its elements are {string.Join(", ", roles.Select(role => role.Symbol))}");
            if (replacing.Count == 0) throw new InputException($"nothing is named that might take the place of {element.Symbol}");
        }
        return All(prototype, roles, [.. roles.Select(role => choices.TryGetValue(role, out var replacing) ? replacing : [role])], balanced);
    }

    /// <summary>Whether common oxidation states, one for each element, can add up to 0.</summary>
    /// <param name="amounts">Atoms of each element; an element without known states is never balanced.</param>
    public static bool IsBalanced(IReadOnlyList<(Element Element, int Atoms)> amounts)
    {
        HashSet<int> sums = [0];
        foreach (var (element, atoms) in amounts)
        {
            var next = new HashSet<int>();
            foreach (var state in ElementAttributes.OxidationStates(element))
                foreach (var sum in sums) next.Add(sum + state * atoms);
            sums = next;
        }
        return sums.Contains(0);
    }

    static IEnumerable<Crystal> All(Crystal prototype, Element[] roles, IReadOnlyList<Element>[] choices, bool balanced)
    {
        var counts = Array.ConvertAll(roles, role => prototype.AtomicNumbers.ToArray().Count(number => number == role.AtomicNumber));
        var at = new int[roles.Length];
        while (true)
        {
            var chosen = at.Select((choice, role) => choices[role][choice]).ToArray();
            if (chosen.Distinct().Count() == chosen.Length && (!balanced || IsBalanced([.. chosen.Zip(counts)])))
                yield return Replaced(prototype, roles, chosen);
            var last = at.Length - 1;
            while (last >= 0 && ++at[last] == choices[last].Count) at[last--] = 0;
            if (last < 0) yield break;
        }
    }

    static Crystal Replaced(Crystal prototype, Element[] roles, Element[] chosen)
    {
        var numbers = Array.ConvertAll(prototype.AtomicNumbers.ToArray(), number => chosen[Array.FindIndex(roles, role => role.AtomicNumber == number)].AtomicNumber);
        var id = string.Create(CultureInfo.InvariantCulture, $"{Name(prototype)}-{string.Join('-', chosen.Select(element => element.Symbol))}");
        return new Crystal(prototype.Lattice, numbers, prototype.Fractional, id);
    }

    static string Name(Crystal prototype) => prototype.Id ?? prototype.Composition.ReducedFormula;
}
