using System.Globalization;
using AtomSets.Materials;

namespace AtomSets.Dashboard;

/// <summary>Data sets that were asked for, read once and kept while they are looked at.</summary>
/// <param name="loader">Opens them.</param>
sealed class DataDesk(DataSetLoader loader)
{
    /// <summary>Rows of a generated set that whoever asks can have made: larger ones would take minutes and the disk's room.</summary>
    const int Kept = 4, MostGenerated = 20_000;

    readonly Lock _lock = new();
    readonly List<(string Set, bool Structures, Task<DataSet> Reading)> _sets = [];

    public DataSetLoader Loader => loader;

    /// <summary>A name that may come from outside: of a registered, imported or generated set, never a path.</summary>
    /// <exception cref="ApiException">There is no such set.</exception>
    public string Named(string name)
    {
        if (name.Split(':') is [_, var rows, ..] && long.TryParse(rows, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > MostGenerated)
            throw ApiException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"'{name}' would generate {count} rows, and {MostGenerated} at most are generated here: see it with atomsets data show {name}"));
        if (loader.Registry.TryFind(name.Split(':')[0]) is not null || DataSetListing.Of(loader).Any(set => set.Name == name)) return name;
        throw ApiException.NotFound($"there is no data set '{name}'; {NearestName.Advice(name, DataSetListing.Of(loader).Select(set => set.Name))}");
    }

    /// <summary>Ids, formulas and columns; structures only where asked for, or where formulas come from them alone. Goes on reading when the caller gives up.</summary>
    /// <param name="set">A name, or a path that a study of this database has.</param>
    /// <exception cref="InputException">It cannot be read.</exception>
    public async Task<DataSet> ReadAsync(string set, bool structures, CancellationToken cancellation)
    {
        var read = await Reading(set, structures).WaitAsync(cancellation);
        return structures || read.HasCompositions ? read : await Reading(set, true).WaitAsync(cancellation);
    }

    /// <summary>Formula of each material.</summary>
    /// <param name="set">As above; null where unknown.</param>
    /// <param name="patience">What takes longer is read in the background.</param>
    public async Task<Formulas> FormulasAsync(string? set, TimeSpan patience, CancellationToken cancellation)
    {
        if (set is null) return Formulas.Unknown;
        try
        {
            var data = await ReadAsync(set, structures: false, cancellation).WaitAsync(patience, cancellation);
            return new Formulas("ready", data);
        }
        catch (TimeoutException)
        {
            return Formulas.Loading;
        }
        catch (InputException)
        {
            return Formulas.Unknown; // The file is not here any more: numbers are shown without.
        }
    }

    Task<DataSet> Reading(string set, bool structures)
    {
        lock (_lock)
        {
            var at = _sets.FindIndex(one => one.Set == set && (one.Structures || !structures) && !one.Reading.IsFaulted);
            var entry = at >= 0 ? _sets[at] : (set, structures, Task.Run(() => loader.Load(set, new DataSetQuery { Structures = structures })));
            if (at >= 0) _sets.RemoveAt(at);
            _sets.Add(entry);
            if (_sets.Count > Kept) _sets.RemoveAt(0);
            return entry.Item3;
        }
    }
}

/// <summary>Formulas of a data set's materials.</summary>
/// <param name="state">ready, loading or unknown.</param>
/// <param name="data">Null until they are read.</param>
sealed class Formulas(string state, DataSet? data)
{
    public static Formulas Unknown { get; } = new("unknown", null);

    public static Formulas Loading { get; } = new("loading", null);

    public string State => state;

    public string? Of(string material) => data is { HasCompositions: true } && data.RowOf(material) is >= 0 and var row ? data.Formulas[row] : null;

    public Composition? CompositionOf(string material) => data is { HasCompositions: true } && data.RowOf(material) is >= 0 and var row ? data.Composition(row) : null;
}
