namespace AtomSets.Bench;

/// <summary>A row whose two sides run in turns. Its contest is prepared (data read, peer started) only when it is asked for.</summary>
interface IBenchmark : IRow
{
    Contest Prepare();

    IReadOnlyList<Measurement> IRow.Measure(int runs)
    {
        using var contest = Prepare();
        return [Measurement.Take(Name, contest, runs, Cores)];
    }
}
