using AtomSets.Engine;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

public sealed class DataCacheTests : IDisposable
{
    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    static DataRequest Ionic(int count = 40) => new($"ionic:{count}:1", "lattice_energy_ev_atom", MaxSites: 8, Limit: null, LimitSeed: 0);

    [Fact]
    public void A_set_is_read_once_however_many_ask_at_once()
    {
        var told = 0;
        _bench.Data.Preparing = _ => Interlocked.Increment(ref told);
        var sets = new DataSet[16];
        Parallel.For(0, sets.Length, i => sets[i] = _bench.Data.Load(Ionic()));
        Assert.All(sets, set => Assert.Same(sets[0], set));
        Assert.Equal(1, told);
    }

    [Fact]
    public void Graphs_are_prepared_once_per_cutoff_and_lie_in_the_home()
    {
        var set = _bench.Data.Load(Ionic());
        var told = new List<string>();
        _bench.Data.Preparing = told.Add;
        var prepared = _bench.Data.Prepare(set, parent: null);
        Assert.Same(prepared, _bench.Data.Prepare(set, parent: null));
        Assert.Equal(set.Count, prepared.Graphs(4).Count);
        Assert.NotEqual(prepared.Graphs(4)[0].EdgeCount, prepared.Graphs(6)[0].EdgeCount);
        Assert.Equal(2, told.Count);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_bench.Home, "graphs")).Count(path => !path.EndsWith(".lock", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_failed_load_is_tried_again()
    {
        var request = new DataRequest(Path.Combine(_bench.Home, "late.csv"), "gap", null, null, 0);
        Assert.Throws<DataMissingException>(() => _bench.Data.Load(request));
        _bench.Write("late.csv", "id,formula,gap\na,NaCl,1\n");
        Assert.Equal(1, _bench.Data.Load(request).Count);
    }

    [Fact]
    public void A_request_survives_its_spec()
    {
        var request = new DataRequest("struct_mp_pool", "e_form", MaxSites: 20, Limit: 4000, LimitSeed: 7);
        Assert.Equal(request, DataRequest.FromJson(request.ToJson()));
        Assert.Equal(Ionic(), DataRequest.FromJson(Ionic().ToJson()));
    }
}
