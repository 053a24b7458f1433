using System.Collections.Concurrent;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Published;
using AtomSets.Tensors;

namespace AtomSets.Engine;

/// <summary>
/// Data sets, graph stores and features of parents, each loaded or prepared once in a process and shared by all workers. Graph stores lie in
/// <c>graphs</c> under the program's home, memory-mapped, and are prepared once per data and settings. Safe for concurrent use.
/// </summary>
public sealed class DataCache : IDisposable
{
    /// <summary>Prepared data of so many (data set, parent) pairs stay in memory; older ones are made again when asked for.</summary>
    const int MostPrepared = 32;

    /// <summary>Layers of parents that stay in memory, in bytes.</summary>
    const long MostFeatureBytes = 1L << 30;

    readonly DataSetLoader _loader;
    readonly string _graphFolder;
    readonly Func<IKernels> _kernels;
    readonly ConcurrentDictionary<string, Lazy<DataSet>> _sets = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, Lazy<GraphStore>> _graphs = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, Lazy<PublishedModel>> _published = new(StringComparer.Ordinal);
    readonly Dictionary<string, (PreparedData Data, long Used)> _prepared = new(StringComparer.Ordinal);
    readonly Lock _preparing = new(), _fetching = new();
    long _uses;

    /// <param name="loader">Opens data sets.</param>
    /// <param name="kernels">Makes kernels that extract features; disposed after use.</param>
    public DataCache(DataSetLoader loader, Func<IKernels> kernels)
    {
        _loader = loader;
        _kernels = kernels;
        _graphFolder = Path.Combine(loader.Locations.Home, "graphs");
    }

    public DataSetRegistry Registry => _loader.Registry;

    /// <summary>Folder of the models that come with the program; null where there is none.</summary>
    public string? OwnModels => _loader.Locations.OwnModels;

    /// <summary>Hears what is being prepared, in a few words, on the thread that prepares it.</summary>
    public Action<string>? Preparing { get; set; }

    /// <summary>What this machine's data are remembered by, for others that lack them; null where there are no others.</summary>
    public DataShelf? Shelf { get; set; }

    /// <summary>Is asked for data that are not here as trials name them.</summary>
    public IContentSource? Others { get; set; }

    /// <summary>Opens a data set.</summary>
    /// <exception cref="InputException">No such set, column or rows.</exception>
    public DataSet Load(DataRequest request, CancellationToken cancellation = default)
    {
        var query = request.ToQuery();
        return Once(_sets, $"{request.Set}\n{query.Canonical}", () =>
        {
            Tell($"reading {request.Set}");
            var set = _loader.Load(request.Set, query, cancellation);
            Shelf?.Record(set.Hash, request.Set);
            return set;
        });
    }

    /// <summary>Opens the data set that has this hash: this machine's, else a copy of another's.</summary>
    /// <exception cref="DataMissingException">Nobody who answers has it.</exception>
    public DataSet Load(DataRequest request, string hash, CancellationToken cancellation = default)
    {
        InputException? missing = null;
        try
        {
            if (Load(request, cancellation) is { } own && own.Hash == hash) return own;
        }
        catch (InputException e) when (Others is not null)
        {
            missing = e;
        }
        if (Fetch(hash, request.Set) is { } folder)
        {
            var copy = Once(_sets, $"{hash}\n{request.Set}", () =>
            {
                var (name, loader) = DataSetFiles.In(folder, request.Set, Registry);
                return loader.Load(name, request.ToQuery(), cancellation);
            });
            if (copy.Hash == hash) return copy;
        }
        throw missing is not null ? Missing(missing) : new DataMissingException($"the rows of {request.Set} are not those that the study was resolved with (hash {hash[..12]}): run the study file again, so that it takes the data as they are now");
    }

    /// <summary>Opens a published model by name.</summary>
    /// <exception cref="InputException">There is none of that name, or no folder of published models.</exception>
    public PublishedModel Published(string name) => Once(_published, name, () =>
    {
        if (_loader.Locations.Models is not { } folder)
            throw new DataMissingException($"published model \"{name}\" cannot be opened: set ATOMSETS_DATA to the folder whose sub-folder models holds it");
        var network = new PublishedModels(folder).Open(name);
        Shelf?.RecordNetwork(network.ContentHash, name);
        return network;
    });

    /// <summary>Opens the published model whose weights have this hash: this machine's, else a copy of another's.</summary>
    /// <inheritdoc cref="Published(string)"/>
    public PublishedModel Published(string name, string hash)
    {
        PublishedModel? own = null;
        InputException? missing = null;
        try
        {
            own = Published(name);
        }
        catch (InputException e) when (Others is not null)
        {
            missing = e; // a copy may be had
        }
        if (own?.ContentHash == hash) return own;
        if (Fetch(hash, name) is not { } folder) return own ?? throw Missing(missing!);
        return Once(_published, $"{hash}\n{name}", () => new PublishedModels(Path.Combine(folder, "models")).Open(name));
    }

    /// <summary>A data set as models read it, with the parent whose features they may ask for. Shared: do not dispose it.</summary>
    public PreparedData Prepare(DataSet set, ParentModel? parent)
    {
        var key = $"{set.Hash} {parent?.ContentHash}";
        lock (_preparing)
        {
            if (!_prepared.TryGetValue(key, out var entry))
            {
                entry.Data = new PreparedData(set.Name, set.Count, set.Composition, set.HasCrystals ? settings => Graphs(set, settings) : null, _kernels)
                {
                    Parent = parent,
                    Occupancies = set.Occupancies,
                    Columns = name => set.Column(name).ToArray(),
                };
                // Nothing else need be freed: graph stores are shared and stay, features are memory. A worker may still use the one dropped.
                while (_prepared.Count >= MostPrepared || (_prepared.Count > 1 && _prepared.Values.Sum(held => held.Data.FeatureBytes) > MostFeatureBytes))
                    _prepared.Remove(_prepared.MinBy(p => p.Value.Used).Key);
            }
            _prepared[key] = (entry.Data, ++_uses);
            return entry.Data;
        }
    }

    public void Dispose()
    {
        foreach (var store in _graphs.Values.Where(s => s.IsValueCreated)) store.Value.Dispose();
        _graphs.Clear();
    }

    GraphStore Graphs(DataSet set, GraphSettings settings) =>
        Once(_graphs, $"{set.Hash} {settings}", () =>
        {
            Tell($"preparing graphs of {set.Count} crystals of {set.Name}");
            return GraphStore.OpenOrBuild(_graphFolder, set.Count, set.Crystal, settings, set.Hash);
        });

    /// <returns>The folder with the copies; null where nobody has them.</returns>
    string? Fetch(string hash, string name)
    {
        if (Others is not { } others || Shelf?.FetchedFolder(hash) is not { } folder) return null;
        lock (_fetching)
        {
            if (Directory.Exists(folder)) return folder;
            Tell($"fetching {name}");
            return others.TryFetchFiles(hash, folder) ? folder : null;
        }
    }

    static DataMissingException Missing(InputException here) => here as DataMissingException ?? new DataMissingException(here.Message, here.InnerException);

    void Tell(string activity)
    {
        WorkerState.OfThisThread?.Activity(activity);
        Preparing?.Invoke(activity);
    }

    // A failure is not kept: the file may be there at the next try.
    static T Once<T>(ConcurrentDictionary<string, Lazy<T>> cache, string key, Func<T> make)
    {
        var entry = cache.GetOrAdd(key, _ => new Lazy<T>(make, LazyThreadSafetyMode.ExecutionAndPublication));
        try
        {
            return entry.Value;
        }
        catch
        {
            cache.TryRemove(KeyValuePair.Create(key, entry));
            throw;
        }
    }
}
