namespace AtomSets.Bench;

/// <summary>The other side of a contest.</summary>
interface IRival
{
    /// <summary>Library and version.</summary>
    string What { get; }

    /// <summary>Seconds of so many iterations, by its own clock.</summary>
    double Run(int count);
}
