namespace AtomSets.Grains.Interfaces;

/// <summary>What a silo says of itself.</summary>
/// <param name="Silo">Its name.</param>
/// <param name="Machine">Host name of its machine.</param>
/// <param name="Process">On that machine.</param>
/// <param name="Numerics">The class of arithmetic of its workers: one in all silos of a cluster, since it is part of a trial's key.</param>
/// <param name="Http">Where it gives artifacts; null where it does not.</param>
/// <param name="IsLeaving">It stops.</param>
[GenerateSerializer, Immutable, Alias("atomsets.silo-card")]
public sealed record SiloCardWire(
    [property: Id(0)] string Silo, [property: Id(1)] string Machine, [property: Id(2)] int Process, [property: Id(3)] string Numerics,
    [property: Id(4)] string? Http, [property: Id(5)] bool IsLeaving);

/// <summary>What a silo that leaves would have others keep.</summary>
/// <param name="Artifacts">Hashes of artifacts, the most needed first.</param>
/// <param name="Sets">Hashes of data sets.</param>
/// <param name="Names">Name or path of each set.</param>
[GenerateSerializer, Immutable, Alias("atomsets.legacy")]
public sealed record LegacyWire([property: Id(0)] string[] Artifacts, [property: Id(1)] string[] Sets, [property: Id(2)] string[] Names);
