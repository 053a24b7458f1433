using System.Text.Json;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>The verb <c>bench</c>: names, the shape of its output, what it says without peers. No time is judged.</summary>
public sealed class BenchTests : IAsyncLifetime
{
    static readonly string[] Asked =
    [
        "megnet-step", "megnet-step-2w", "cgcnn-epoch", "cgat-step", "elemnet-32", "elemnet-1024", "megnet-predict", "neighbours", "peak-share", "epoch-scaling-37000",
        "megnet-step-avx2", "cgcnn-epoch-avx2", "cgat-step-avx2", "elemnet-32-avx2", "elemnet-1024-avx2",
    ];

    readonly ProgramHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [Fact]
    public async Task The_benchmarks_are_listed()
    {
        var list = (await _home.RunAsync("bench", "--list")).MustExit(0).Out;
        Assert.All(Asked, name => Assert.Contains($"\n{name} ", "\n" + list, StringComparison.Ordinal));
        var json = JsonDocument.Parse((await _home.RunAsync("bench", "--list", "--format", "json")).MustExit(0).Out).RootElement;
        Assert.Subset(json.EnumerateArray().Select(row => row.GetProperty("name").GetString()!).ToHashSet(StringComparer.Ordinal), Asked.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_its_peer_a_row_has_our_side_and_the_reason()
    {
        _home.With("ATOMSETS_PYTHON", "/nowhere/python3");
        var result = (await _home.RunAsync("bench", "megnet-predict", "--runs", "1", "--format", "json")).MustExit(0);
        var row = Assert.Single(JsonDocument.Parse(result.Out).RootElement.EnumerateArray());
        Assert.Equal("megnet-predict", row.GetProperty("name").GetString());
        Assert.Equal("ms", row.GetProperty("unit").GetString());
        Assert.True(row.GetProperty("ours").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("peer").ValueKind);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("ratio").ValueKind);
        Assert.Contains("/nowhere/python3 is not there; install python3", row.GetProperty("note").GetString(), StringComparison.Ordinal);
        // The machine is named where no pipe reads it.
        Assert.Contains("cores, kernels for", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_table_names_machine_and_columns()
    {
        _home.With("ATOMSETS_PYTHON", "/nowhere/python3");
        var lines = (await _home.RunAsync("bench", "neighbours", "--runs", "1")).MustExit(0).Out.Split('\n');
        Assert.Contains("cores, kernels for", lines[0], StringComparison.Ordinal);
        Assert.Equal(["name", "ours", "peer", "unit", "ratio", "spread", "of", "peak", "note"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("neighbours ", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelt_name_is_refused_with_the_nearest() => (await _home.RunAsync("bench", "megnet-stpe")).MustRefuse("did you mean 'megnet-step'?");

    [Fact]
    public async Task Doctor_says_what_the_peers_need()
    {
        _home.With("ATOMSETS_PYTHON", "/nowhere/python3");
        var found = await _home.RunAsync("doctor", "--format", "csv");
        Assert.Contains("peers of bench,optional,", found.Out, StringComparison.Ordinal);
        Assert.Contains("python3-torch python3-pymatgen libopenblas0-pthread", found.Out, StringComparison.Ordinal);
    }
}
