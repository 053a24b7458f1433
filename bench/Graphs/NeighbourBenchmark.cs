using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Materials;

namespace AtomSets.Bench;

/// <summary>Neighbour lists of 500 crystals against pymatgen's. The crystals are parsed beforehand on both sides.</summary>
sealed class NeighbourBenchmark : IBenchmark
{
    const double CutoffAngstrom = 5;

    public string Name => "neighbours";

    public string About => "neighbour lists at 5 Å, one core; peer: pymatgen's get_neighbor_list";

    public Contest Prepare()
    {
        var data = BenchCrystals.Load(500);
        var (peer, missing) = PeerProcess.Start("neighbours.py", new JsonObject { ["cutoff"] = CutoffAngstrom, ["crystals"] = data.ToJson() });
        var note = missing ?? Compare(data.Crystals, peer!);
        return new Contest(peer)
        {
            Unit = "crystals/s",
            Figure = seconds => data.Crystals.Count / seconds,
            Peer = peer,
            Note = $"{data.What}; {note}",
            Ours = () =>
            {
                foreach (var crystal in data.Crystals) NeighborList.Build(crystal, CutoffAngstrom, withImages: true);
            },
        };
    }

    static string Compare(IReadOnlyList<Crystal> crystals, PeerProcess peer)
    {
        var theirs = peer.Check();
        var (difference, different, edges) = (0.0, 0, 0L);
        for (var i = 0; i < crystals.Count; i++)
        {
            var list = NeighborList.Build(crystals[i], CutoffAngstrom);
            edges += list.EdgeCount;
            if (list.EdgeCount != theirs["edges"]![i]!.GetValue<int>())
            {
                different++;
                continue;
            }
            var sum = 0.0;
            foreach (var distance in list.Distances) sum += distance;
            difference = Math.Max(difference, Math.Abs(sum - theirs["sums"]![i]!.GetValue<double>()) / Math.Max(1, list.EdgeCount));
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"{edges} pairs; {peer.What}: {different} crystals with another number of pairs, mean distances within {difference:G2} Å");
    }
}
