namespace AtomSets.Bench;

/// <summary>Something that the table measures, in a process of its own.</summary>
interface IRow
{
    string Name { get; }

    /// <summary>A name that asks for several rows at once; null where there is none.</summary>
    string? Group => null;

    /// <summary>What is measured, in a line.</summary>
    string About { get; }

    /// <summary>Cores that the process is held to.</summary>
    int Cores => 1;

    /// <summary>Whether the row is measured when no name is given; long ones are measured by name alone.</summary>
    bool IsUsual => true;

    /// <summary>
    /// Whether the row is measured once more, as <c>NAME-avx2</c>, in a process without AVX-512. Nothing else changes: our kernels, the loop that
    /// measures the peak and the peer each take the widest instructions that they find.
    /// </summary>
    bool HasAvx2 => false;

    /// <summary>Measures; a row may have several lines.</summary>
    /// <param name="runs">Runs of each side, in turns.</param>
    /// <exception cref="BenchException">It cannot be measured here.</exception>
    IReadOnlyList<Measurement> Measure(int runs);

    /// <summary>Completes a line of this row by what the rows before it came to.</summary>
    Measurement Beside(Measurement line, IReadOnlyList<Measurement> before) => line;
}
