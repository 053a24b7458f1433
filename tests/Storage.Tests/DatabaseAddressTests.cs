using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class DatabaseAddressTests
{
    [Theory]
    [InlineData("postgres://ann:p%40ss@db.example:6543/results?sslmode=verify-full", "db.example", 6543, "ann", "p@ss", "results")]
    [InlineData("postgresql://atomsets@/atomsets?host=%2Frun%2Fatomsets%2Fmain", "/run/atomsets/main", 5432, "atomsets", null, "atomsets")]
    [InlineData("postgres://[::1]:5433/x?user=ann", "::1", 5433, "ann", null, "x")]
    [InlineData("Host=h;Port=1;Username=u;Password=p;Database=d", "h", 1, "u", "p", "d")]
    public void Both_forms_are_understood(string text, string host, int port, string user, string? password, string database)
    {
        var address = DatabaseAddress.Parse(text);
        Assert.Equal((host, port, user, password, database), (address.Host, address.Port, address.Username, address.Password, address.Database));
    }

    [Fact]
    public void The_private_servers_address_reads_back()
    {
        const string folder = "/tmp/odd & long?/#1";
        var address = DatabaseAddress.Parse(DatabaseAddress.UrlOfSocket(folder));
        Assert.Equal((folder, "atomsets", "atomsets"), (address.Host, address.Username, address.Database));
    }

    [Theory]
    [InlineData("results", "neither a postgres:// address")]
    [InlineData("mysql://h/d", "neither a postgres:// address")]
    [InlineData("postgres://h:port/d", "port")]
    [InlineData("postgres://h", "no database name")]
    [InlineData("postgres:///d", "no host")]
    [InlineData("postgres://h/d?colour=red", "colour")]
    [InlineData("Hst=h;Database=d", "hst")]
    public void Others_are_refused_with_the_reason_and_the_form_to_write(string text, string reason)
    {
        var error = Assert.Throws<StorageException>(() => DatabaseAddress.Parse(text, "ATOMSETS_DB"));
        Assert.StartsWith($"ATOMSETS_DB '{text}' is not a database address (", error.Message);
        Assert.Contains(reason, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("postgres://user:password@host/database", error.Message);
    }

    [Theory]
    [InlineData("postgres://ann:secret@host:bad/d")]
    [InlineData("postgres://host:bad/d?password=secret")]
    [InlineData("postgres://host/d?sslmode=bad&password=a&secret")]
    [InlineData("Password=secret;Hst=1")]
    [InlineData("Host=h;Password='a;secret';Hst=1")]
    [InlineData("Host=h;Password=a;secret;Hst=1")]
    [InlineData("Host=h; PWD = \"a;secret")]
    public void No_message_holds_a_password(string text) =>
        Assert.DoesNotContain("secret", Assert.Throws<StorageException>(() => DatabaseAddress.Parse(text)).Message);

    [Theory]
    [InlineData("postgres://ann:p@ss@h/d?sslmode=require", "postgres://ann:***@h/d?sslmode=require")]
    [InlineData("postgres://h/d?user=ann&password=x&sslmode=require", "postgres://h/d?user=ann&password=***&sslmode=require")]
    [InlineData("postgres://h:5432/d?user=ann", "postgres://h:5432/d?user=ann")]
    [InlineData("Host=h;Password='a;''b';Database=d", "Host=h;Password=***;Database=d")]
    [InlineData("Host=h;Username=ann;Database=d", "Host=h;Username=ann;Database=d")]
    public void All_but_the_password_is_shown(string text, string shown) => Assert.Equal(shown, DatabaseAddress.Shown(text));
}
