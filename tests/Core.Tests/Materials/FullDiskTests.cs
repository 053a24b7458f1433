using System.Text;
using AtomSets.Commands;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

/// <summary>No room on the disk, or a kill: a file is whole or not there, an older one is as it was, nothing else stays, and with room again the same call succeeds.</summary>
public sealed class FullDiskTests
{
    const long Bytes = 1 << 20;

    [SmallDiskFact]
    public void Files_that_people_ask_for() => MustBeWholeOrNot(
        folder => OutputFile.Write(Path.Combine(folder, "candidates.cif"), writer => writer.Write(new string('x', 100_000))),
        refused => Assert.Contains("candidates.cif cannot be written: No space left", Assert.IsType<InputException>(refused).Message, StringComparison.Ordinal));

    [SmallDiskFact]
    public void Artifacts() => MustBeWholeOrNot(
        folder => new ArtifactStore(Path.Combine(folder, "artifacts")).Put(new byte[100_000]),
        refused => Assert.Contains("Free some space", Assert.IsType<IOException>(refused).Message, StringComparison.Ordinal));

    [SmallDiskFact]
    public void Models() => MustBeWholeOrNot(folder => Network().Write(Path.Combine(folder, "net.safetensors")), refused => Assert.Contains("No space left", Assert.IsType<IOException>(refused).Message, StringComparison.Ordinal));

    [SmallDiskFact]
    public void Graphs()
    {
        var crystals = Quartzes().ToArray();
        MustBeWholeOrNot(
            folder => GraphStore.OpenOrBuild(Path.Combine(folder, "graphs"), crystals, new GraphSettings(5), "data").Dispose(),
            refused => Assert.Contains("No space left", Assert.IsType<GraphStoreException>(refused).Message, StringComparison.Ordinal));
    }

    [SmallDiskFact]
    public void Imports()
    {
        var table = Path.GetTempFileName();
        File.WriteAllText(table, "formula,gap\n" + string.Concat(Enumerable.Range(1, 3000).Select(i => FormattableString.Invariant($"Na{i}Cl,{i}\n"))), Encoding.ASCII);
        MustBeWholeOrNot(
            folder => DataSetImport.Import(new DataSetLoader(new DataLocations(null, folder), DataSetRegistry.Shared), table, "gaps", new ImportOptions { Replace = true }),
            refused => Assert.Contains("could not be imported", Assert.IsType<InputException>(refused).Message, StringComparison.Ordinal));
        File.Delete(table);
    }

    [Fact]
    public void What_is_read_while_it_is_replaced_stays_as_it_was_and_what_is_there_is_not_written_over()
    {
        var folder = Directory.CreateTempSubdirectory("atomsets-replaced-").FullName;
        try
        {
            var path = Path.Combine(folder, "keys.md");
            OutputFile.Write(path, "first");
            using (var reading = new StreamReader(path))
            {
                OutputFile.Write(path, "second");
                // Another file under the same name: at no moment was there a half of one.
                Assert.Equal("first", reading.ReadToEnd());
            }
            Assert.Equal("second", File.ReadAllText(path));
            Assert.Contains("keys.md cannot be written", Assert.Throws<InputException>(() => OutputFile.WriteNew(path, "third")).Message, StringComparison.Ordinal);
            var link = Path.Combine(folder, "link.md");
            File.CreateSymbolicLink(link, path);
            OutputFile.Write(link, "fourth");
            Assert.Equal("fourth", File.ReadAllText(path));
            Assert.NotNull(File.ResolveLinkTarget(link, returnFinalTarget: false));
            // Not replaced by a file, which root could do.
            OutputFile.Write("/dev/null", "nothing");
            Assert.Equal("", File.ReadAllText("/dev/null"));
            Assert.Equal([path, link], Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void MustBeWholeOrNot(Action<string> write, Action<Exception> check)
    {
        using var disk = new SmallDisk(Bytes);
        disk.Fill();
        check(Record.Exception(() => write(disk.Folder)));
        Assert.Empty(Contents(disk));
        disk.Free();
        write(disk.Folder);
        var whole = Contents(disk);
        Assert.NotEmpty(whole);
        // Once more over it: a store finds its content there, others would replace it.
        disk.Fill();
        Record.Exception(() => write(disk.Folder));
        Assert.Equal(whole, Contents(disk));
    }

    static SortedDictionary<string, string> Contents(SmallDisk disk) => new(
        Directory.GetFiles(disk.Folder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "ballast").ToDictionary(path => path, path => ArtifactStore.HashOf(File.ReadAllBytes(path))), StringComparer.Ordinal);

    static ModelFile Network()
    {
        var model = new MegNetModel(new MegNetSettings { Width = 16, Hidden = 16, Readout = 16, Embedding = 8, StateEmbedding = 2, GaussianCentres = 16, Blocks = 1 }.ToSpec());
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(1);
        return ModelFile.From(model, parameters, new ModelTarget("e", "eV/atom", new TargetScaler(1, 2)));
    }

    static IEnumerable<Crystal> Quartzes() => Enumerable.Range(0, 20).Select(i => CifReader.Parse(CifSamples.Quartz.Replace("0.4697", FormattableString.Invariant($"0.4{i + 10}"), StringComparison.Ordinal)));
}
