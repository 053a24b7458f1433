using System.Buffers.Binary;
using AtomSets.Core.Tests.Training;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Model files: damaged as bytes, and with headers that lie about intact tensors.</summary>
public sealed class ModelFileFuzzTests
{
    static readonly string[] s_words =
    [
        "{", "}", "[", "]", ",", ":", "\\\"", "\"", "null", "true", "\"dtype\"", "\"F32\"", "\"F64\"", "\"I64\"", "\"BF16\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "\"format_version\"", "\"checksum\"", "\"model\"",
        "\\\"hidden\\\"", "\\\"elements\\\"", "\\\"width\\\"", "members", "baseline", "parent/", "\\ud800", "[0,18446744073709551615]", "[4294967296,4294967296]", "[0,0]",
    ];

    [Fact]
    public void Bytes_of_model_files()
    {
        var whole = Network();
        Fuzzer.Run("model", new Mutator([whole], s_words), Take);
    }

    [Fact]
    public void Headers_of_model_files()
    {
        var whole = Network();
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        var data = whole[(8 + length)..];
        Fuzzer.Run("model-header", new Mutator([whole[8..(8 + length)]], s_words), header =>
        {
            var file = new byte[8 + header.Length + data.Length];
            BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)header.Length);
            header.CopyTo(file, 8);
            data.CopyTo(file, 8 + header.Length);
            Take(file);
        });
    }

    /// <summary>What an interrupted training goes on from. It is read after its hash was checked; still it must not do worse than be refused.</summary>
    [Fact]
    public void Checkpoints()
    {
        var sink = new RecordingSink();
        using (var task = Toy()) task.Run(new TrainOptions { Checkpoints = sink, CheckpointEveryEpoch = true });
        Fuzzer.Run("checkpoint", new Mutator([sink.Saved[0], sink.Saved[^1]], s_words), input =>
        {
            var checkpoint = TrainCheckpoint.Read(input, "fuzz");
            using var task = Toy();
            using var trainer = task.Trainer();
            trainer.Resume(checkpoint);
            Assert.True(trainer.Run().Epochs >= checkpoint.Epoch);
        });

        static ToyTask Toy() => new(ToyTask.Quick with { Epochs = 2 });
    }

    // A file that is taken makes a model whose parameters are all there.
    static void Take(byte[] bytes)
    {
        var file = ModelFile.Read(bytes, "fuzz");
        file.Check(ModelRegistry.Default);
        var model = file.CreateModel(ModelRegistry.Default);
        using var kernels = CpuKernels.Create();
        using var parameters = file.CreateParameters(model, kernels);
        Assert.Equal(file.Parameters.Count, model.Parameters.Parameters.Count);
    }

    static byte[] Network()
    {
        var model = new AtomSets.Models.MegNet.MegNetModel(new AtomSets.Models.MegNet.MegNetSettings { Width = 4, Hidden = 4, Readout = 4, Embedding = 2, StateEmbedding = 2, GaussianCentres = 4, Blocks = 1 }.ToSpec());
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(1);
        var file = ModelFile.From(model, parameters, new ModelTarget("e", "eV/atom", new TargetScaler(1, 2))) with
        {
            Training = ToyTask.Quick,
            Metrics = new Dictionary<string, double>(StringComparer.Ordinal) { ["validation_mae"] = 0.1 },
            Provenance = new ModelProvenance { TrainedOn = [new TrainedOn("ionic", "ab", "e", 80, "cd")], Elements = [1, 8, 26] },
        };
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        return stream.ToArray();
    }
}
