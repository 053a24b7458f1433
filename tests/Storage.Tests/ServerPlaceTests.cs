using System.Text;
using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class ServerPlaceTests
{
    [Fact]
    public void An_ordinary_users_files_are_in_the_home()
    {
        var place = ServerPlace.For("/data/ann/atomsets/", asRoot: false, runtimeDirectory: null);
        Assert.Equal("/data/ann/atomsets/pg/data", place.Data);
        Assert.Equal("/data/ann/atomsets/pg/run", place.SocketDirectory);
        Assert.Null(place.Account);
    }

    [Fact]
    public void Roots_files_are_where_the_account_postgres_can_reach_them()
    {
        var place = ServerPlace.For("/root/.atomsets", asRoot: true, runtimeDirectory: "/run/user/0", new RootAccount("/root", "/root", "/nowhere/atomsets"));
        Assert.Equal("/nowhere/atomsets/main/data", place.Data);
        Assert.Equal("/run/atomsets/main", place.SocketDirectory);
        Assert.Equal("postgres", place.Account);

        var (one, other) = (ServerPlace.For("/root/a", asRoot: true, null), ServerPlace.For("/root/b", asRoot: true, null));
        Assert.NotEqual(one.Data, other.Data);
        Assert.NotEqual(one.SocketDirectory, other.SocketDirectory);
        Assert.Equal(one, ServerPlace.For("/root/x/../a/", asRoot: true, null));
    }

    [Fact]
    public void Root_with_another_HOME_has_another_database_and_keeps_one_that_it_made_before()
    {
        var state = Directory.CreateTempSubdirectory("atomsets-test-").FullName;
        try
        {
            ServerPlace Of(string home) => ServerPlace.For(null, asRoot: true, null, new RootAccount(home, "/root", state));
            var main = Path.Combine(state, "main");
            Assert.Equal(main, Of("/root").State);
            Assert.NotEqual(main, Of("/workspace").State);
            Assert.NotEqual(Of("/workspace").SocketDirectory, Of("/root").SocketDirectory);

            // Made by a program that gave every HOME the main place: it goes to whoever comes first, and stays with that home.
            Directory.CreateDirectory(Path.Combine(main, "data"));
            File.WriteAllText(Path.Combine(main, "data/PG_VERSION"), "17\n");
            Assert.Equal(main, Of("/workspace").State);
            Assert.NotEqual(main, ServerPlace.For("/workspace/other", asRoot: true, null, new RootAccount("/workspace", "/root", state)).State);
            File.WriteAllText(Of("/workspace").HomeNote, "/workspace/.atomsets\n");
            Assert.Equal(main, Of("/workspace").State);
            Assert.NotEqual(main, Of("/root").State);
            Assert.NotEqual(main, Of("/elsewhere").State);
            File.WriteAllText(Path.Combine(main, "home"), "/root/.atomsets\n");
            Assert.Equal(main, Of("/root").State);
            Assert.NotEqual(main, Of("/workspace").State);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Theory]
    [InlineData(60, null, "{home}/pg/run")]
    [InlineData(77, null, "{home}/pg/run")] // 77 + 7 + 14 = 98 bytes
    [InlineData(79, null, "/tmp/atomsets-")]
    [InlineData(79, "/run/user/1000", "/run/user/1000/atomsets-")]
    [InlineData(200, "/run/user/1000", "/run/user/1000/atomsets-")]
    public void A_socket_path_stays_under_100_bytes(int homeBytes, string? runtimeDirectory, string expected)
    {
        var home = "/" + new string('h', homeBytes - 1);
        var place = ServerPlace.For(home, asRoot: false, runtimeDirectory);
        Assert.StartsWith(expected.Replace("{home}", home), place.SocketDirectory);
        Assert.InRange(Encoding.UTF8.GetByteCount(place.SocketDirectory + "/.s.PGSQL.5432"), 1, 99);
    }

    [Theory]
    [InlineData("/home/ann/.atomsets", "nfs4")]
    [InlineData("/home", "nfs4")]
    [InlineData("/homes/ann", null)]
    [InlineData("/home/local/ann", null)] // a local disk mounted inside
    [InlineData("/mnt/with space/x", "fuse.sshfs")]
    [InlineData("/mnt/over/x", "cifs")] // the later mount hides the earlier
    [InlineData("/var/x", null)]
    public void Network_mounts_are_recognised(string path, string? type)
    {
        const string mounts = """
            /dev/vda / ext4 rw 0 0
            server:/home /home nfs4 rw,hard 0 0
            /dev/vdb /home/local xfs rw 0 0
            ann@host:/x /mnt/with\040space fuse.sshfs rw 0 0
            /dev/vdc /mnt/over ext4 rw 0 0
            //nas/x /mnt/over cifs rw 0 0
            """;
        Assert.Equal(type, NetworkMounts.TypeOf(path, mounts));
    }
}
