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
        var place = ServerPlace.For(null, asRoot: true, runtimeDirectory: "/run/user/0");
        Assert.Equal("/var/lib/atomsets/main/data", place.Data);
        Assert.Equal("/run/atomsets/main", place.SocketDirectory);
        Assert.Equal("postgres", place.Account);

        var (one, other) = (ServerPlace.For("/root/a", asRoot: true, null), ServerPlace.For("/root/b", asRoot: true, null));
        Assert.NotEqual(one.Data, other.Data);
        Assert.NotEqual(one.SocketDirectory, other.SocketDirectory);
        Assert.Equal(one, ServerPlace.For("/root/x/../a/", asRoot: true, null));
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
