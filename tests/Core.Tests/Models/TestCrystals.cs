using AtomSets.Materials;

namespace AtomSets.Core.Tests.Models;

/// <summary>Small crystals of different elements, sizes and lattice constants.</summary>
static class TestCrystals
{
    /// <summary>Rocksalt, CsCl, bcc and simple cubic cells.</summary>
    public static IReadOnlyList<Crystal> Eight { get; } =
    [
        CsCl(55, 17, 4.12), CsCl(11, 9, 2.9), CsCl(3, 47, 3.17), RockSalt(12, 8, 4.21), RockSalt(11, 17, 5.64), RockSalt(19, 35, 6.6),
        new([3.17, 0, 0, 0, 3.17, 0, 0, 0, 3.17], [42, 42], [0, 0, 0, 0.5, 0.5, 0.5]), new([3.35, 0, 0, 0, 3.35, 0, 0, 0, 3.35], [84], [0, 0, 0]),
    ];

    public static Crystal CsCl(int a, int b, double edge) => new([edge, 0, 0, 0, edge, 0, 0, 0, edge], [a, b], [0, 0, 0, 0.5, 0.5, 0.5]);

    public static Crystal RockSalt(int a, int b, double edge) =>
        new([0, edge / 2, edge / 2, edge / 2, 0, edge / 2, edge / 2, edge / 2, 0], [a, b], [0, 0, 0, 0.5, 0.5, 0.5]);
}
