using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class DatabaseSettingTests : IDisposable
{
    readonly string _file = Path.GetTempFileName();

    [Fact]
    public void A_mounted_secret_names_the_database_and_its_source_is_the_file()
    {
        File.WriteAllText(_file, "postgres://ann:s3cret@db/results\n");
        Assert.Equal(("postgres://ann:s3cret@db/results", $"ATOMSETS_DB_FILE={_file}"), Read(("ATOMSETS_DB_FILE", _file)));
    }

    [Fact]
    public void The_plain_variable_is_taken_before_the_file() =>
        Assert.Equal(("postgres://db/other", "ATOMSETS_DB"), Read(("ATOMSETS_DB", "postgres://db/other"), ("ATOMSETS_DB_FILE", "/nowhere")));

    [Fact]
    public void Without_either_none_is_named() => Assert.Null(Read(("ATOMSETS_DB", " "), ("ATOMSETS_DB_FILE", "")));

    [Fact]
    public void An_empty_or_missing_file_is_named_with_the_remedy()
    {
        Assert.Contains("is empty; write the address", Assert.Throws<StorageException>(() => Read(("ATOMSETS_DB_FILE", _file))).Message, StringComparison.Ordinal);
        Assert.StartsWith("ATOMSETS_DB_FILE=/nowhere/db: the file cannot be read (",
            Assert.Throws<StorageException>(() => Read(("ATOMSETS_DB_FILE", "/nowhere/db"))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_file);

    static (string Address, string Source)? Read(params (string Name, string Value)[] environment) =>
        DatabaseSetting.Read(name => environment.Where(entry => entry.Name == name).Select(entry => entry.Value).SingleOrDefault());
}
