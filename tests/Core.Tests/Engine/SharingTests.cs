using System.Net;
using System.Text;
using System.Text.Json;
using AtomSets.Engine;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>What one machine lacks comes from another by its hash, and is checked.</summary>
public sealed class SharingTests : IDisposable
{
    const string Table = "formula,gap\nNaCl,5.0\nKBr,4.1\nMgO,6.2\nCaO,5.5\nLiF,9.0\n";

    readonly EngineBench _there = new(), _here = new();

    [Fact]
    public void An_artifact_that_is_missing_is_fetched_once_and_kept()
    {
        var hash = _there.Artifacts.Put("weights"u8);
        var peers = Peers(_there);
        _here.Artifacts.Others = peers.Content;
        Assert.Equal("weights"u8, _here.Artifacts.Get(hash));
        _here.Artifacts.Others = null;
        Assert.Equal("weights"u8, _here.Artifacts.Get(hash));
    }

    [Fact]
    public void A_damaged_artifact_is_replaced_by_another_machines()
    {
        var hash = _there.Artifacts.Put("weights"u8);
        _here.Artifacts.Put("weights"u8);
        File.WriteAllText(_here.Artifacts.PathOf(hash), "rust");
        _here.Artifacts.Others = Peers(_there).Content;
        Assert.Equal("weights"u8, _here.Artifacts.Get(hash));
    }

    [Fact]
    public void Bytes_with_another_hash_are_not_kept_and_the_next_machine_is_asked()
    {
        var hash = _there.Artifacts.Put("weights"u8);
        using var liar = new EngineBench();
        liar.Artifacts.Put("weights"u8);
        File.WriteAllText(liar.Artifacts.PathOf(hash), "rust");
        var peers = Peers(liar, _there);
        _here.Artifacts.Others = peers.Content;
        Assert.Equal("weights"u8, _here.Artifacts.Get(hash));
        Assert.Contains("hashes to", Assert.Single(peers.Missed), StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_has_is_said_to_be_missing_with_what_to_do()
    {
        _here.Artifacts.Others = Peers(_there).Content;
        var error = Assert.Throws<ArtifactMissingException>(() => _here.Artifacts.Get(ArtifactStore.HashOf("gone"u8)));
        Assert.Contains("start the silo again that holds it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_token_is_told_and_gives_nothing()
    {
        var hash = _there.Artifacts.Put("weights"u8);
        var peers = Peers("another-secret-token", _there);
        _here.Artifacts.Others = peers.Content;
        Assert.Throws<ArtifactMissingException>(() => _here.Artifacts.Get(hash));
        var told = Assert.Single(peers.Missed);
        Assert.Contains("refuses this silo's token", told, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_lies_with_another_machine_is_read_from_a_copy_with_its_name()
    {
        var set = _there.Data.Load(new DataRequest(_there.Write("gaps.csv", Table), "gap", null, null, 0));
        Borrow();
        // The path means nothing on this machine.
        var copy = _here.Data.Load(new DataRequest(Path.Combine(_here.Home, "nowhere", "gaps.csv"), "gap", null, null, 0), set.Hash);
        Assert.Equal((set.Hash, set.Name, 5), (copy.Hash, copy.Name, copy.Count));
        Assert.StartsWith(_here.Home, copy.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_the_same_path_with_other_content_is_not_taken_for_it()
    {
        var set = _there.Data.Load(new DataRequest(_there.Write("gaps.csv", Table), "gap", null, null, 0));
        var other = new DataRequest(_here.Write("gaps.csv", Table.Replace("9.0", "8.7", StringComparison.Ordinal)), "gap", null, null, 0);
        Borrow();
        Assert.Equal(9.0, _here.Data.Load(other, set.Hash).Column("gap")[4]);
        Assert.Equal(8.7, _here.Data.Load(other).Column("gap")[4]);
    }

    [Fact]
    public void Data_that_nobody_has_are_said_to_be_missing()
    {
        Borrow();
        var request = new DataRequest(Path.Combine(_here.Home, "nowhere.csv"), "gap", null, null, 0);
        Assert.Contains("nowhere.csv", Assert.Throws<DataMissingException>(() => _here.Data.Load(request, ArtifactStore.HashOf("no set"u8))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_imported_set_is_opened_under_its_name_where_it_was_not_imported()
    {
        var path = _there.Write("gaps.csv", Table);
        var options = new ImportOptions { Units = new Dictionary<string, string>(StringComparer.Ordinal) { ["gap"] = "eV" } };
        DataSetImport.Import(new DataSetLoader(new DataLocations(null, _there.Home), DataSetRegistry.Shared), path, "mine", options, CancellationToken.None);
        var request = new DataRequest("mine", "gap", null, null, 0);
        var set = _there.Data.Load(request);
        Borrow();
        var copy = _here.Data.Load(request, set.Hash);
        Assert.Equal((set.Hash, "mine", "eV"), (copy.Hash, copy.Name, copy.Unit("gap")));
        // And gives it on.
        Assert.Equal(_there.Data.Shelf!.Files(set.Hash).OrderBy(file => file.Place), _here.Data.Shelf!.Files(set.Hash).OrderBy(file => file.Place));
    }

    [Fact]
    public void A_folder_of_structures_comes_with_its_table_and_the_structures_that_it_names_alone()
    {
        var folder = Path.Combine(_there.Home, "cells");
        Directory.CreateDirectory(folder);
        const string poscar = "NaCl\n1.0\n4 0 0\n0 4 0\n0 0 4\nNa Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n";
        File.WriteAllText(Path.Combine(folder, "id_prop.csv"), "a,1.0\nb,2.0\n");
        foreach (var id in new[] { "a", "b", "private" }) File.WriteAllText(Path.Combine(folder, id + ".vasp"), poscar);
        var set = _there.Data.Load(new DataRequest(folder, "target", null, null, 0));
        Assert.Equal(["files/cells/id_prop.csv", "files/cells/a.vasp", "files/cells/b.vasp"], _there.Data.Shelf!.Files(set.Hash).Select(file => file.Place));
    }

    [Fact]
    public void Nothing_is_written_outside_the_folder_whatever_a_place_says()
    {
        var hash = ArtifactStore.HashOf("a set"u8);
        var file = _there.Artifacts.Put("evil"u8);
        var peers = Peers(_there);
        peers.Handler.Sets[hash] = [new SharedFile("../../evil.txt", file, 4)];
        var folder = _here.Data.Shelf!.FetchedFolder(hash);
        Assert.False(peers.Content.TryFetchFiles(hash, folder));
        Assert.Contains("is no place", Assert.Single(peers.Missed), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(_here.Home, "*", SearchOption.AllDirectories), path => path.EndsWith("evil.txt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("short", "at least 16")]
    [InlineData("with a blank in the middle", "no blanks")]
    [InlineData("mit-Umläuten-überall", "ASCII")]
    public void A_text_that_cannot_be_a_token_is_refused_without_being_shown(string text, string rule)
    {
        var error = Assert.Throws<InputException>(() => AccessToken.Read(name => name == AccessToken.Variable ? text : null));
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_may_lie_in_a_file_and_admits_only_itself()
    {
        var path = _here.Write("token", "0123456789abcdef-secret\n");
        var token = AccessToken.Read(name => name == AccessToken.FileVariable ? path : null)!;
        Assert.True(token.Admits("Bearer 0123456789abcdef-secret"));
        Assert.All(["0123456789abcdef-secret", "Bearer 0123456789abcdef-secre", "Bearer 0123456789abcdef-secret2", "Bearer ", "Basic 0123456789abcdef-secret", null], wrong => Assert.False(token.Admits(wrong)));
        Assert.DoesNotContain("secret", $"{token}", StringComparison.Ordinal);
        Assert.Null(AccessToken.Read(_ => null));
    }

    public SharingTests()
    {
        foreach (var bench in new[] { _there, _here }) bench.Data.Shelf = new DataShelf(new DataLocations(null, bench.Home), DataSetRegistry.Shared);
    }

    public void Dispose()
    {
        _there.Dispose();
        _here.Dispose();
    }

    void Borrow() => _here.Data.Others = Peers(_there).Content;

    static Others Peers(params EngineBench[] benches) => Peers(Handler.Token, benches);

    static Others Peers(string token, params EngineBench[] benches)
    {
        var handler = new Handler(benches);
        var missed = new List<string>();
        var content = new PeerContent(
            _ => Task.FromResult(new PeerList([.. benches.Select((_, i) => new Uri($"http://peer{i}/"))], IsComplete: true)), token, TimeProvider.System, handler)
        {
            Missed = missed.Add, Patience = TimeSpan.Zero,
        };
        return new Others(content, handler, missed);
    }

    sealed record Others(PeerContent Content, Handler Handler, List<string> Missed);

    /// <summary>The other machines' web servers.</summary>
    sealed class Handler(EngineBench[] benches) : HttpMessageHandler
    {
        public const string Token = "the-right-token-of-this";

        public Dictionary<string, SharedFile[]> Sets { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Headers.Authorization?.Parameter != Token) return Task.FromResult(new HttpResponseMessage(HttpStatusCode.Unauthorized));
            var bench = benches[request.RequestUri!.Host[^1] - '0'];
            var parts = request.RequestUri.AbsolutePath.Split('/');
            var answer = new HttpResponseMessage(HttpStatusCode.NotFound);
            if (parts[1] == "artifacts" && (bench.Artifacts.Contains(parts[2]) ? bench.Artifacts.PathOf(parts[2]) : bench.Data.Shelf?.Locate(parts[2])) is { } path)
                answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(File.ReadAllBytes(path)) };
            if (parts[1] == "sets" && (Sets.GetValueOrDefault(parts[2]) ?? bench.Data.Shelf?.Files(parts[2])) is { Count: > 0 } files)
                answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(JsonSerializer.Serialize(files, JsonSerializerOptions.Web), Encoding.UTF8, "application/json") };
            return Task.FromResult(answer);
        }
    }
}
