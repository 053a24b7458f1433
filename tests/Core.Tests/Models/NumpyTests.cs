using System.IO.Compression;
using System.Text;
using AtomSets.Models;
using AtomSets.Models.Published;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class NumpyTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("npz").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("<f4", 1)]
    [InlineData("<f8", 2)]
    [InlineData("<i4", 3)]
    [InlineData("<i8", 1)]
    public void Arrays_of_every_type_and_version_are_read(string type, int version)
    {
        var array = NumpyReader.Read(File(type, "False", "(2, 3)", Data(type, [1, 2, 3, 4, 5, -6]), version), "a.npy");
        Assert.Equal([2, 3], array.Shape);
        Assert.Equal([1f, 2, 3, 4, 5, -6], array.Values);
    }

    [Fact]
    public void Vectors_and_scalars_are_read()
    {
        Assert.Equal([2], NumpyReader.Read(File("<f4", "True", "(2,)", Data("<f4", [1, 2])), "a").Shape);
        Assert.Empty(NumpyReader.Read(File("<f4", "False", "()", Data("<f4", [7])), "a").Shape);
    }

    [Theory]
    [InlineData("<f4", "True", "(2, 3)", "Fortran")]
    [InlineData(">f4", "False", "(2, 3)", "'>f4' is not read")]
    [InlineData("|O", "False", "(2, 3)", "'|O' is not read")]
    [InlineData("<f4", "False", "(2, 4)", "needs 32 bytes, the file has 24")]
    [InlineData("<f4", "False", "(2, -3)", "must name descr")]
    [InlineData("<f4", "False", "(99999999999, 3)", "no extent")]
    public void Other_arrays_are_refused_with_the_reason(string type, string order, string shape, string reason)
    {
        var file = File(type, order, shape, Data("<f4", [1, 2, 3, 4, 5, 6]));
        var message = Assert.Throws<ModelException>(() => NumpyReader.Read(file, "weights.npz, entry 'a.npy'")).Message;
        Assert.Contains(reason, message);
        Assert.StartsWith("weights.npz, entry 'a.npy'", message);
    }

    [Fact]
    public void Truncated_files_are_refused()
    {
        var file = File("<f4", "False", "(2, 3)", Data("<f4", [1, 2, 3, 4, 5, 6]));
        for (var length = 0; length < file.Length; length++)
        {
            var part = file[..length];
            Assert.Throws<ModelException>(() => NumpyReader.Read(part, "a"));
        }
    }

    [Fact]
    public void Archives_are_read_stored_or_deflated()
    {
        var path = Path.Combine(_folder, "a.npz");
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            Write(archive, "x.0.W.npy", CompressionLevel.NoCompression);
            Write(archive, "y.npy", CompressionLevel.Optimal);
        }
        var arrays = NumpyArchive.Read(path);
        Assert.Equal(["x.0.W", "y"], arrays.Keys.Order());
        Assert.Equal([1f, 2], arrays["x.0.W"].Values);
    }

    [Fact]
    public void Damaged_and_missing_archives_are_refused()
    {
        var path = Path.Combine(_folder, "a.npz");
        System.IO.File.WriteAllText(path, "no archive");
        Assert.Contains(path, Assert.Throws<ModelException>(() => NumpyArchive.Read(path)).Message);
        Assert.Throws<ModelException>(() => NumpyArchive.Read(path + "x"));
    }

    [DataFact]
    public void Published_models_open_by_name_and_say_what_they_have_seen()
    {
        var published = Fixtures.Instance.Published;
        Assert.Equal(9 + 6 + 13 + 2 + 8, published.Names.Count);
        Assert.Contains("did you mean 'mp-2019.4.1_efermi'", Assert.Throws<ModelException>(() => published.Open("mp-2019.4.1_eferm")).Message);
        Assert.Throws<ModelException>(() => published.Open("../models/mp-2019.4.1_efermi"));
        Assert.Contains("does not know", Assert.Throws<ModelException>(() => published.Open("qm9-2018.6.1_U0").TypeOf(11)).Message);
        Assert.Equal(4, published.Open("qm9-2018.6.1_U0").TypeOf(7));
        Assert.Equal("mp-2018.6.1", published.Open("mp-2018.6.1_band_classification").TrainedOn);
        Assert.Equal("mf_2020_pbe_gllb_hse_exp", published.Open("mf_2020_pbe_gllb_hse_exp_0").TrainedOn);
    }

    static void Write(ZipArchive archive, string name, CompressionLevel level)
    {
        using var stream = archive.CreateEntry(name, level).Open();
        stream.Write(File("<f4", "False", "(2,)", Data("<f4", [1, 2])));
    }

    static byte[] Data(string type, double[] values) => type switch
    {
        "<f4" => values.SelectMany(x => BitConverter.GetBytes((float)x)).ToArray(),
        "<f8" => values.SelectMany(BitConverter.GetBytes).ToArray(),
        "<i4" => values.SelectMany(x => BitConverter.GetBytes((int)x)).ToArray(),
        _ => values.SelectMany(x => BitConverter.GetBytes((long)x)).ToArray(),
    };

    static byte[] File(string type, string order, string shape, byte[] data, int version = 1)
    {
        var header = Encoding.Latin1.GetBytes($"{{'descr': '{type}', 'fortran_order': {order}, 'shape': {shape}, }}".PadRight(117) + "\n");
        var length = version == 1 ? BitConverter.GetBytes((ushort)header.Length) : BitConverter.GetBytes(header.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. header, .. data];
    }
}
