using System.Globalization;
using System.Text;

namespace AtomSets.Acceptance.Tests;

/// <summary>What an endurance campaign measured, for people.</summary>
sealed class EnduranceFigures
{
    readonly List<string> _memory = [], _size = [];

    public CampaignFigures Campaign { get; } = new();

    /// <summary>Trials of undisturbed runs that had the same bits.</summary>
    public int Compared { get; set; }

    public void Add(MemoryTrack track, int warming) => _memory.Add(track.Text(warming));

    public void Add(long bytes, double computed, string parts) =>
        _size.Add(string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB, computed {computed / 1048576:0.0}, ratio {bytes / computed:0.00} ({parts} MiB)"));

    public override string ToString()
    {
        var text = new StringBuilder(Campaign.ToString());
        foreach (var line in _memory) text.Append(CultureInfo.InvariantCulture, $"  memory: {line}\n");
        foreach (var line in _size) text.Append(CultureInfo.InvariantCulture, $"  tables: {line}\n");
        text.Append(CultureInfo.InvariantCulture, $"  computed again without kills, with the same bits: {Compared} trials\n");
        return text.ToString();
    }
}
