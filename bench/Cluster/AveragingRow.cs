using System.Globalization;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>Averaging the gradients of a network between silo processes of this machine, beside Gloo's all-reduce between as many processes.</summary>
/// <param name="name">Of the row.</param>
/// <param name="network">Whose gradients.</param>
/// <param name="length">Its parameters.</param>
/// <param name="processes">Silos, one shard each.</param>
sealed class AveragingRow(string name, string network, int length, int processes) : IRow
{
    public string Name => name;

    public string Group => ClusterRows.Group;

    public string About => string.Create(CultureInfo.InvariantCulture,
        $"averaging {network}'s gradients ({4e-6 * length:F2} MB) between {processes} silo processes; peer: Gloo's all-reduce between {processes} processes");

    public int Cores => Environment.ProcessorCount;

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        using var silos = new AveragingTeam(processes, length);
        var (peer, missing) = PeerProcess.Start("allreduce.py", new JsonObject { ["length"] = length, ["processes"] = processes });
        using var gloo = peer;
        using var contest = new Contest
        {
            Unit = "ms",
            Figure = seconds => 1000 * seconds,
            Peer = gloo,
            Note = string.Create(CultureInfo.InvariantCulture, $"{4e-6 * length:F2} MB, {processes} processes; {missing ?? $"peer: {gloo!.What}"}"),
            Ours = () => silos.Run(1),
        };
        return [Measurement.Take(Name, contest, runs)];
    }
}
