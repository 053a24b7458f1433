namespace AtomSets.Studies;

/// <summary>Takes the numbers of a <see cref="KeyedStream"/> one after the other, where one does not know how many are needed.</summary>
sealed class KeyedDraws(KeyedStream stream)
{
    ulong _next;

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => stream.Uniform(_next++);

    /// <summary>Standard normal, by Box and Muller.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Uniform())) * Math.Cos(2 * Math.PI * Uniform());
}
