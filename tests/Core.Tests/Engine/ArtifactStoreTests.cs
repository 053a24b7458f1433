using AtomSets.Core.Tests.Studies;
using AtomSets.Engine;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

public sealed class ArtifactStoreTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("atomsets-artifacts").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_was_put_is_read_back_under_its_sha256()
    {
        var store = new ArtifactStore(_root);
        var hash = store.Put("abc"u8);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hash);
        Assert.Equal("abc"u8.ToArray(), store.Get(hash));
        Assert.True(File.Exists(Path.Combine(_root, "ba", hash[2..])));
    }

    [Fact]
    public void The_same_bytes_are_stored_once_and_no_temporary_file_stays()
    {
        var store = new ArtifactStore(_root);
        Parallel.For(0, 32, _ => store.Put("the same"u8));
        Assert.Single(Directory.GetFiles(_root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Damage_is_found_on_reading()
    {
        var store = new ArtifactStore(_root);
        var hash = store.Put("abc"u8);
        File.WriteAllText(store.PathOf(hash), "abd");
        var error = Assert.Throws<ArtifactException>(() => store.Get(hash));
        Assert.Contains("damaged", error.Message);
    }

    [Fact]
    public void A_missing_artifact_and_a_bad_hash_say_so()
    {
        var store = new ArtifactStore(_root);
        Assert.Contains("is not in", Assert.Throws<ArtifactMissingException>(() => store.Get(new string('a', 64))).Message);
        Assert.Throws<ArgumentException>(() => store.PathOf("../../etc/passwd"));
    }

    [Fact]
    public void Collection_keeps_what_is_named_and_what_is_young()
    {
        var store = new ArtifactStore(_root);
        var kept = store.Put("kept"u8);
        var old = store.Put("old"u8);
        var young = store.Put("young"u8);
        File.SetLastWriteTimeUtc(store.PathOf(kept), new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(store.PathOf(old), new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        // In the process that has put it, it is young whatever its date.
        Assert.Equal((0, 0L), store.Collect(new HashSet<string> { kept }, TimeSpan.FromHours(1)));
        var (files, bytes) = new ArtifactStore(_root).Collect(new HashSet<string> { kept }, TimeSpan.FromHours(1));
        Assert.Equal((1, 3L), (files, bytes));
        Assert.True(store.Contains(kept));
        Assert.False(store.Contains(old));
        Assert.True(store.Contains(young));
    }

    [Fact]
    public void A_clock_that_is_set_makes_nothing_old_that_was_put_just_now()
    {
        var time = new ManualTime();
        var store = new ArtifactStore(_root, time);
        var hash = store.Put("weights that the database does not name yet"u8);
        File.SetLastWriteTimeUtc(store.PathOf(hash), time.GetUtcNow().UtcDateTime);
        time.Jump(TimeSpan.FromDays(1));
        Assert.Equal((0, 0L), store.Collect(new HashSet<string>(), TimeSpan.FromMinutes(15)));
        time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(1, store.Collect(new HashSet<string>(), TimeSpan.FromMinutes(15)).Files);
        // Set back, a date lies in the future: the file stays until it is old by the new clock.
        hash = store.Put("more"u8);
        time.Jump(-TimeSpan.FromDays(1));
        time.Advance(TimeSpan.FromMinutes(15));
        File.SetLastWriteTimeUtc(store.PathOf(hash), time.GetUtcNow().UtcDateTime.AddDays(1));
        Assert.Equal((0, 0L), store.Collect(new HashSet<string>(), TimeSpan.FromMinutes(15)));
    }
}
