using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class ModelFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-models-").FullName;
    readonly ToyTask _task = new(seed: 4);

    ModelFile Example() => _task.File(new TargetScaler(39.123456789012345, 4.5)) with
    {
        Training = ToyTask.Quick,
        States = ["PBE", "HSE"],
        Metrics = new Dictionary<string, double>(StringComparer.Ordinal) { ["validation_mae"] = 0.1 + 0.2, ["r2"] = double.NaN },
        Provenance = new ModelProvenance
        {
            TrainedOn = [new TrainedOn("ionic", "ab", "e_form", 80, "cd")],
            Elements = [1, 8, 26],
            Parents = [new ModelParent("trial 7", "ef", "freeze:body", [new TrainedOn("mp", "01", "gap", 4000, "23")])],
        },
        FeatureParent = new FeatureParent("parent", _task.Model.Spec.With("width", 9L), "99", new Dictionary<string, ModelTensor>(StringComparer.Ordinal) { ["w"] = new(1, 2, [3f, 4f]) }),
    };

    [Fact]
    public void Everything_survives_the_file()
    {
        var model = Example();
        var path = Path.Combine(_folder, "deep", "model.safetensors");
        model.Write(path);
        var read = ModelFile.Read(path);
        Assert.Equal(model.Spec, read.Spec);
        Assert.Equal(model.Target, read.Target);
        Assert.Equal(model.Training, read.Training);
        Assert.Equal(model.States, read.States);
        Assert.Equal(model.Metrics, read.Metrics);
        Assert.Equal(JsonSerializer.Serialize(model.Provenance), JsonSerializer.Serialize(read.Provenance));
        Assert.Equal(["mp", "ionic"], read.Provenance.AllTrainedOn().Select(entry => entry.DataSet).OrderDescending());
        Assert.Equal(model.ProgramVersion, read.ProgramVersion);
        Assert.Equal(model.Parameters.Keys.Order(), read.Parameters.Keys.Order());
        Assert.All(model.Parameters, entry => Assert.Equal(entry.Value.Values, read.Parameters[entry.Key].Values));
        Assert.Equal([3f, 4f], read.FeatureParent!.Parameters["w"].Values);
        Assert.Equal((model.FeatureParent!.Name, model.FeatureParent.Spec, "99"), (read.FeatureParent.Name, read.FeatureParent.Spec, read.FeatureParent.ContentHash));
        Assert.Equal(model.ContentHash, read.ContentHash);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_model_from_a_file_predicts_the_same()
    {
        var outcome = _task.Run();
        using var trainer = _task.Trainer();
        var expected = trainer.Predict(ToyTask.Test);
        using var stream = new MemoryStream();
        _task.File(outcome.Scaler).WriteTo(stream);

        var file = ModelFile.Read(stream.ToArray(), "memory");
        var model = file.CreateModel(ToyModel.Registry);
        using var kernels = CpuKernels.Create();
        using var parameters = file.CreateParameters(model, kernels);
        using var evaluator = new ModelEvaluator(model, parameters, _task.Inputs.Source, file.Target.Scaler, batchSize: 7);
        // The file holds float32, the training ran in float64.
        Assert.All(expected.Zip(evaluator.Predict(ToyTask.Test)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void The_content_hash_follows_what_decides_predictions_and_nothing_else()
    {
        var model = Example();
        Assert.Equal(model.ContentHash, (model with { Metrics = new Dictionary<string, double>(StringComparer.Ordinal), ProgramVersion = "9" }).ContentHash);
        var other = new Dictionary<string, ModelTensor>(model.Parameters, StringComparer.Ordinal) { ["head.bias"] = new(1, 1, [1e-30f]) };
        string[] hashes =
        [
            model.ContentHash, (model with { Parameters = other }).ContentHash, (model with { Spec = model.Spec.With("meaning", 3.0) }).ContentHash,
            (model with { Target = model.Target with { Scaler = new TargetScaler(0, 4.5) } }).ContentHash, (model with { FeatureParent = null }).ContentHash,
        ];
        Assert.Equal(5, hashes.Distinct().Count());
    }

    [Fact]
    public void A_changed_tensor_is_noticed()
    {
        var bytes = Bytes(Example());
        bytes[^5] ^= 1;
        Assert.Contains("damaged", Assert.Throws<TrainingInputException>(() => ModelFile.Read(bytes, "x")).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<AtomSets.Materials.InputException>(() => ModelFile.Read(bytes.AsMemory(0, bytes.Length - 1), "x"));
    }

    [Theory]
    [InlineData("format", null, "no model of this program")]
    [InlineData("format", "pt", "no model of this program")]
    [InlineData("format_version", "2", "version 2")]
    [InlineData("model", null, "lacks 'model'")]
    [InlineData("model", "{}", "kind")]
    [InlineData("target", "{\"name\":\"y\"}", "'target'")]
    [InlineData("target", "null", "'target'")]
    [InlineData("target", "{\"name\":\"y\",\"unit\":\"K\",\"scaler\":{\"mean\":0,\"deviation\":0}}", "not usable")]
    [InlineData("target", "{\"name\":\"y\",\"unit\":\"K\",\"scaler\":{\"mean\":0,\"deviation\":\"NaN\"}}", "not usable")]
    [InlineData("training", "{\"epoch\":1}", "did you mean 'epochs'?")]
    [InlineData("checksum", "sha256:00", "damaged")]
    public void Metadata_that_does_not_fit_is_refused(string key, string? value, string reason)
    {
        var writer = Writer(Example());
        if (value is null) writer.Metadata.Remove(key);
        else writer.Metadata[key] = value;
        var e = Assert.ThrowsAny<AtomSets.Materials.InputException>(() => ModelFile.Read(writer.ToArray(), "x"));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model", "{\"kind\":\"toy\",\"revision\":1,\"settings\":{\"elements\":\"many\"}}")]
    [InlineData("model", "{\"kind\":\"toy\",\"revision\":1,\"settings\":{\"elements\":99999999999999999999}}")]
    [InlineData("model", "{\"kind\":\"\\ud800\",\"revision\":1,\"settings\":{}}")]
    [InlineData("target", "[]")]
    [InlineData("metrics", "{\"a\":1,\"a\":\"x\"}")]
    [InlineData("provenance", "{\"elements\":[1e99]}")]
    [InlineData("provenance", "{\"trained_on\":null}")]
    [InlineData("training", "{\"epochs\":1e300}")]
    [InlineData("states", "{}")]
    [InlineData("feature_parent", "{}")]
    public void Metadata_made_to_confuse_are_bad_input_like_any_other(string key, string value)
    {
        var writer = Writer(Example());
        writer.Metadata[key] = value;
        Assert.ThrowsAny<AtomSets.Materials.InputException>(() => ModelFile.Read(writer.ToArray(), "x"));
    }

    [Fact]
    public void No_byte_of_the_header_can_crash_the_reader()
    {
        var good = Bytes(Example());
        var header = 8 + BitConverter.ToInt32(good);
        var refused = 0;
        for (var at = 0; at < header; at++)
        {
            foreach (var mask in (byte[])[0x01, 0x20, 0x80])
            {
                var bad = (byte[])good.Clone();
                bad[at] ^= mask;
                try
                {
                    ModelFile.Read(bad, "x");
                }
                catch (AtomSets.Materials.InputException)
                {
                    refused++;
                }
            }
        }
        // A changed digit of a metric or letter of a name is no damage to the file; most other changes are.
        Assert.InRange(refused, header, 3 * header);
    }

    [Fact]
    public void Another_table_of_elements_is_refused()
    {
        var megnet = new AtomSets.Models.MegNet.MegNetModel(new AtomSets.Models.MegNet.MegNetSettings().ToSpec());
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, megnet.Parameters);
        parameters.Initialize(1);
        var writer = Writer(ModelFile.From(megnet, parameters, new ModelTarget("e", "eV/atom", TargetScaler.Identity)));
        Assert.Equal(megnet.Spec, ModelFile.Read(writer.ToArray(), "x").Spec);
        var symbols = JsonSerializer.Deserialize<string[]>(writer.Metadata["element_table"])!;
        Assert.Equal((95, "", "H", "Pu"), (symbols.Length, symbols[0], symbols[1], symbols[94]));
        (symbols[84], symbols[85]) = (symbols[85], symbols[84]);
        writer.Metadata["element_table"] = JsonSerializer.Serialize(symbols);
        Assert.Contains("table of elements", Assert.Throws<TrainingInputException>(() => ModelFile.Read(writer.ToArray(), "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_that_are_not_the_models_are_listed()
    {
        var model = Example();
        var parameters = new Dictionary<string, ModelTensor>(model.Parameters, StringComparer.Ordinal) { ["extra"] = new(1, 1, [0f]), ["body.0.weight"] = new(8, 3, new float[24]) };
        parameters.Remove("head.bias");
        var e = Assert.Throws<ModelException>(() => (model with { Parameters = parameters }).CreateModel(ToyModel.Registry));
        Assert.Contains("'head.bias' is missing", e.Message, StringComparison.Ordinal);
        Assert.Contains("'extra' is unknown", e.Message, StringComparison.Ordinal);
        Assert.Contains("'body.0.weight' is 8 × 3, 3 × 8 expected", e.Message, StringComparison.Ordinal);
        Assert.Contains("revision", Assert.Throws<ModelException>(() => (model with { Spec = new ModelSpec("toy", 9, model.Spec.Values) }).CreateModel(ToyModel.Registry)).Message, StringComparison.Ordinal);
        Assert.Contains("'toy'", Assert.Throws<ModelException>(() => (model with { Spec = new ModelSpec("tyo", 1, model.Spec.Values) }).CreateModel(ToyModel.Registry)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file()
    {
        var path = Path.Combine(_folder, "model.safetensors");
        Example().Write(path);
        var before = File.ReadAllBytes(path);
        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[1000]);
            throw new IOException("no space left on device");
        }));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    /// <summary>Ten lines of Python that know nothing of this program, as in the description of the format.</summary>
    [Fact]
    public void Python_reads_the_file()
    {
        const string Script = """
            import json, struct, sys
            with open(sys.argv[1], 'rb') as f:
                n, = struct.unpack('<Q', f.read(8))
                header = json.loads(f.read(n))
                data = f.read()
            meta = header.pop('__metadata__')
            entry = header['head.weight']
            begin, end = entry['data_offsets']
            values = struct.unpack('<%df' % ((end - begin) // 4), data[begin:end])
            print(json.dumps([entry['dtype'], entry['shape'], list(values), json.loads(meta['target'])['scaler']['mean'], json.loads(meta['model'])['kind']]))
            """;
        var path = Path.Combine(_folder, "model.safetensors");
        Example().Write(path);
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        start.ArgumentList.Add(path);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return; // no Python on this machine; the format itself is tested by hand-made files
        }
        using (process)
        {
            using var answer = JsonDocument.Parse(process.StandardOutput.ReadToEnd());
            var root = answer.RootElement;
            Assert.Equal("F32", root[0].GetString());
            Assert.Equal([8, 1], root[1].EnumerateArray().Select(item => item.GetInt32()));
            Assert.Equal(_task.Parameters.Export("head.weight"), root[2].EnumerateArray().Select(item => (float)item.GetDouble()));
            Assert.Equal(39.123456789012345, root[3].GetDouble());
            Assert.Equal("toy", root[4].GetString());
        }
    }

    public void Dispose()
    {
        _task.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    static byte[] Bytes(ModelFile model)
    {
        using var stream = new MemoryStream();
        model.WriteTo(stream);
        return stream.ToArray();
    }

    /// <summary>The file taken apart, so that a test can change it.</summary>
    static SafetensorsWriter Writer(ModelFile model)
    {
        var file = SafetensorsFile.Read(Bytes(model), "x");
        var writer = new SafetensorsWriter();
        foreach (var tensor in file.Tensors) writer.Add(tensor.Name, file.Floats(tensor.Name), [.. tensor.Shape]);
        foreach (var (key, value) in file.Metadata) writer.Metadata[key] = value;
        Assert.Equal(Encoding.UTF8.GetString(Bytes(model)), Encoding.UTF8.GetString(writer.ToArray()));
        return writer;
    }
}
