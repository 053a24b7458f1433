using System.Globalization;

namespace AtomSets.Bench;

/// <summary>Chooses processors that share no core, as far as the system tells: two threads of one core would share its arithmetic.</summary>
static class PhysicalCores
{
    /// <summary>So many processors from <paramref name="first"/> on, each on a core of its own; neighbours where there are too few cores.</summary>
    public static IReadOnlyList<int> Take(int first, int count)
    {
        var chosen = new List<int>();
        for (var processor = first; processor < Environment.ProcessorCount && chosen.Count < count; processor++)
        {
            if (!SharesCoreWithAny(processor, chosen)) chosen.Add(processor);
        }
        return chosen.Count == count ? chosen : [.. Enumerable.Range(first, count)];
    }

    /// <summary>Linux lists the processors of a core as <c>0,4</c> or <c>0-1</c>.</summary>
    static bool SharesCoreWithAny(int processor, List<int> others)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list");
        if (others.Count == 0 || !File.Exists(file)) return false;
        foreach (var part in File.ReadAllText(file).Trim().Split(','))
        {
            var ends = part.Split('-');
            if (int.TryParse(ends[0], CultureInfo.InvariantCulture, out var from) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out var to)
                && others.Exists(other => other >= from && other <= to)) return true;
        }
        return false;
    }
}
