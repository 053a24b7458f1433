using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class GraphStoreTests : IDisposable
{
    static readonly GraphSettings Settings = new(4);
    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-graphs").FullName;
    readonly Crystal[] _crystals = Crystals(300);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Graphs_come_back_as_they_were_built()
    {
        using var store = GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data");
        Assert.Equal(300, store.Count);
        long atoms = 0, edges = 0, isolated = 0;
        for (var i = 0; i < store.Count; i++)
        {
            var graph = store[i];
            var built = CrystalGraph.Build(_crystals[i], Settings).View;
            Assert.Equal(built.AtomicNumbers.ToArray(), graph.AtomicNumbers.ToArray());
            Assert.Equal(built.EdgeOffsets.ToArray(), graph.EdgeOffsets.ToArray());
            Assert.Equal(built.Neighbors.ToArray(), graph.Neighbors.ToArray());
            Assert.Equal(built.Distances.ToArray(), graph.Distances.ToArray());
            Assert.Equal((graph.AtomCount, graph.EdgeCount), store.SizeOf(i));
            atoms += graph.AtomCount;
            edges += graph.EdgeCount;
            isolated += graph.EdgeCount == 0 ? 1 : 0;
        }
        Assert.Equal((atoms, edges, isolated, 4.0), (store.TotalAtoms, store.TotalEdges, store.GraphsWithoutEdges, store.CutoffAngstrom));
        Assert.Equal(0, store[299].EdgeCount);
        store.Verify();
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_number_of_threads()
    {
        var files = new List<byte[]>();
        foreach (var degree in (int[])[1, 2, 7])
        {
            var folder = Path.Combine(_folder, $"degree{degree}");
            using var store = GraphStore.OpenOrBuild(folder, _crystals, Settings, "data", new GraphBuildOptions { Degree = degree });
            files.Add(File.ReadAllBytes(store.Path));
            Assert.Single(Directory.GetFiles(folder));
        }
        Assert.Equal(files[0], files[1]);
        Assert.Equal(files[0], files[2]);
    }

    [Fact]
    public void A_store_is_prepared_once_and_named_after_data_and_settings()
    {
        string path, hash;
        using (var store = GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data"))
            (path, hash) = (store.Path, store.ContentHash);
        using (var again = GraphStore.OpenOrBuild(_folder, 300, _ => throw new InvalidOperationException("prepared twice"), Settings, "data"))
            Assert.Equal((path, hash), (again.Path, again.ContentHash));
        using (var wider = GraphStore.OpenOrBuild(_folder, _crystals, new GraphSettings(4.5), "data")) Assert.NotEqual(path, wider.Path);
        using (var other = GraphStore.OpenOrBuild(_folder, _crystals, Settings, "other data"))
        {
            Assert.NotEqual(path, other.Path);
            Assert.Equal(hash, other.ContentHash);
        }
        using var opened = GraphStore.Open(path);
        Assert.Equal(300, opened.Count);
    }

    [Fact]
    public async Task Two_at_once_prepare_once()
    {
        var calls = 0;
        Crystal Counted(int index)
        {
            Interlocked.Increment(ref calls);
            return _crystals[index];
        }
        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => GraphStore.OpenOrBuild(_folder, 300, Counted, Settings, "data"))));
        Assert.Equal(300, calls);
        Assert.Single(stores.Select(s => s.ContentHash).Distinct());
        foreach (var store in stores) store.Dispose();
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(3, "no graph store")]        // magic
    [InlineData(40, "header is damaged")]    // count of atoms
    [InlineData(-5, "index is damaged")]
    public void A_damaged_store_is_refused_and_prepared_again(int at, string reason)
    {
        using (var store = GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data")) store.Verify();
        var path = Directory.GetFiles(_folder).Single();
        var good = File.ReadAllBytes(path);
        var bad = (byte[])good.Clone();
        bad[at < 0 ? bad.Length + at : at] ^= 0x10;
        File.WriteAllBytes(path, bad);
        var failure = Assert.Throws<GraphStoreException>(() => GraphStore.Open(path));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        using (GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data")) Assert.Equal(good, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    public void A_store_cut_short_is_refused_and_prepared_again(int length)
    {
        GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data").Dispose();
        var path = Directory.GetFiles(_folder).Single();
        var good = File.ReadAllBytes(path);
        File.WriteAllBytes(path, good[..length]);
        Assert.Throws<GraphStoreException>(() => GraphStore.Open(path));
        using (GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data")) Assert.Equal(good, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_changed_graph_is_found_by_verifying()
    {
        GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data").Dispose();
        var path = Directory.GetFiles(_folder).Single();
        var bytes = File.ReadAllBytes(path);
        bytes[2000] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var store = GraphStore.Open(path);
        Assert.Contains("damaged", Assert.Throws<GraphStoreException>(store.Verify).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void What_fails_or_is_cancelled_leaves_nothing(int degree)
    {
        var options = new GraphBuildOptions { Degree = degree };
        var tiny = new Crystal([0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1], [1], [0, 0, 0], "mp-0");
        var failure = Assert.Throws<GraphStoreException>(() =>
            GraphStore.OpenOrBuild(_folder, 300, i => i >= 130 ? tiny : _crystals[^1], new GraphSettings(20), "few", options));
        Assert.StartsWith("crystal 131 (mp-0): ", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));

        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => GraphStore.OpenOrBuild(
            _folder, 300,
            i =>
            {
                if (i == 150) stop.Cancel();
                return _crystals[i];
            },
            Settings, "data", options, stop.Token));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Leftovers_of_a_killed_process_are_cleared_away()
    {
        GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data").Dispose();
        var path = Directory.GetFiles(_folder).Single();
        File.Move(path, path + ".1-00.tmp");
        File.WriteAllText(path + ".lock", "");
        GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data").Dispose();
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        var failure = Assert.Throws<GraphStoreException>(() => GraphStore.OpenOrBuild(Path.Combine(_folder, "file", "sub"), _crystals, Settings, "data"));
        Assert.Contains("cannot be written", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        using var store = GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data");
        long Sum()
        {
            long sum = 0;
            for (var i = 0; i < store.Count; i++)
            {
                var graph = store[i];
                sum += graph.EdgeOffsets[^1] + graph.AtomicNumbers[0] + (graph.EdgeCount > 0 ? graph.Neighbors[^1] : 0);
            }
            return sum;
        }
        var first = Sum();
        var second = first;
        Assert.Equal(0, Garbage.LeastOf(() => second = Sum()));
        Assert.Equal(first, second);
    }

    [Fact]
    public void Progress_ends_at_the_count_and_bounds_are_checked()
    {
        var told = new Told();
        var store = GraphStore.OpenOrBuild(_folder, _crystals, Settings, "data", new GraphBuildOptions { Progress = told });
        Assert.Equal(300, told.Values[^1]);
        Assert.Equal(told.Values.Order(), told.Values);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.SizeOf(300));
        Assert.Throws<ArgumentOutOfRangeException>(() => store[-1].AtomCount);
        store.Dispose();
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => store.SizeOf(0));
        using var empty = GraphStore.OpenOrBuild(_folder, [], Settings, "nothing");
        Assert.Equal(0, empty.Count);
        Assert.Throws<InputException>(() => new GraphSettings(0));
        Assert.Throws<InputException>(() => new GraphSettings(double.NaN));
    }

    [Fact]
    public void Given_edges_are_checked()
    {
        var graph = CrystalGraph.FromEdges([1, 1], [0, 1, 2], [1, 0], [0.74f, 0.74f]).View;
        Assert.Equal(1, graph.Neighbors[0]);
        Assert.Throws<ArgumentException>(() => CrystalGraph.FromEdges([1, 1], [0, 1, 2], [1, 2], [0.74f, 0.74f]));
        Assert.Throws<ArgumentException>(() => CrystalGraph.FromEdges([1, 1], [0, 3, 2], [1, 0], [0.74f, 0.74f]));
        Assert.Throws<ArgumentException>(() => CrystalGraph.FromEdges([1, 1], [0, 2], [1, 0], [0.74f, 0.74f]));
    }

    static Crystal[] Crystals(int count)
    {
        var numbers = new CellNumbers(99);
        var crystals = new Crystal[count];
        for (var i = 0; i < count - 1; i++) crystals[i] = numbers.Crystal(1 + i % 9, 3, 6, least: 1).WithId($"c{i}");
        crystals[^1] = new Crystal([30, 0, 0, 0, 30, 0, 0, 0, 30], [2], [0, 0, 0], "alone");
        return crystals;
    }

    sealed class Told : IProgress<int>
    {
        internal List<int> Values { get; } = [];

        public void Report(int value) => Values.Add(value);
    }
}
