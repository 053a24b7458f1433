using System.Text.Json;
using AtomSets.Materials;
using AtomSets.Models.MegNet;

namespace AtomSets.Models.Published;

/// <summary>MEGNet as re-trained in MatGL (PyTorch), brought to this program's layout.</summary>
/// <remarks>
/// What differs and is settled here: matrices are (out, in); the element table lists 89 elements in its own order; phi_e takes the bond's source
/// first and averages at its destination (we: centre first, averages at the centre, which is the same on a graph with both directions);
/// phi_v takes [v, mean e, u] and phi_u [u, mean e, mean v] (we: [mean e, v, u] and [mean e, mean v, u]); set2set has one matrix for its input q
/// and one for its state h, which are stacked here, and two biases, which are added. What differs in the network itself is
/// <see cref="MegNetVariant.MatGL"/>.
/// </remarks>
static class MatGlImport
{
    const int Elements = 95;

    public static PublishedModel Read(
        string name, JsonElement card, IReadOnlyDictionary<string, NumpyArray> arrays, string hash, string place)
    {
        var source = new Source(arrays, place);
        var centres = source.Array("bond_expansion.rbf.centers").Values;
        RequireEqualSpacing(centres, place);
        var order = card.GetProperty("element_order").EnumerateArray().Select(item => Element.Parse(item.GetString()!).AtomicNumber).ToArray();
        var states = card.GetProperty("n_state_types");
        var isGap = name.Contains("BandGap", StringComparison.Ordinal);
        var settings = new MegNetSettings
        {
            Elements = Elements,
            Embedding = source.Array("embedding.layer_node_embedding.weight").Shape[1],
            Hidden = source.Array("node_encoder.layers.0.weight").Shape[0],
            Width = source.Array("node_encoder.layers.2.weight").Shape[0],
            Readout = source.Array("output_proj.layers.2.weight").Shape[0],
            Blocks = arrays.Keys.Count(key => key.EndsWith(".conv.edge_func.layers.0.weight", StringComparison.Ordinal)),
            Set2SetSteps = card.GetProperty("iters").GetInt32(),
            CutoffAngstrom = card.GetProperty("cutoff").GetDouble(),
            GaussianCentres = centres.Length,
            GaussianStopAngstrom = Math.Round(centres[^1], 4),
            GaussianWidthAngstrom = Math.Sqrt(2),
            States = states.ValueKind == JsonValueKind.Number ? states.GetInt32() : 0,
            Variant = MegNetVariant.MatGL,
        };
        var model = new MegNetModel(settings);
        return new PublishedModel
        {
            Name = name,
            Model = model,
            Weights = WeightImport.Match(model.Parameters, Translate(source, settings, order), place),
            Transform = new OutputTransform(card.GetProperty("mean").GetDouble(), card.GetProperty("std").GetDouble(), PerAtom: false),
            Property = isGap ? "Band gap" : "Formation energy",
            Unit = isGap ? "eV" : "eV/atom",
            TrainedOn = isGap ? "mp-2019.4.1" : "mp-2018.6.1",
            Source = card.GetProperty("source").GetString()!,
            Licence = card.GetProperty("licence").GetString()!,
            ContentHash = hash,
            Elements = order.Order().ToArray(),
            States = isGap ? ["PBE", "GLLB-SC", "HSE", "SCAN"] : [],
        };
    }

    static Dictionary<string, NumpyArray> Translate(Source source, MegNetSettings settings, int[] order)
    {
        var w = settings.Width;
        var result = new Dictionary<string, NumpyArray>(StringComparer.Ordinal) { ["embed.atom"] = source.ByAtomicNumber(order, Elements) };
        if (settings.States > 0) result["embed.state"] = source.Array("embedding.layer_state_embedding.weight");
        source.Layers(result, "node_encoder", "pre.atom", 2);
        source.Layers(result, "edge_encoder", "pre.bond", 2);
        source.Layers(result, "state_encoder", "pre.state", 2);
        for (var k = 0; k < settings.Blocks; k++)
        {
            if (k > 0)
            {
                source.Layers(result, $"blocks.{k}.node_func", $"block{k}.ff.atom", 2);
                source.Layers(result, $"blocks.{k}.edge_func", $"block{k}.ff.bond", 2);
                source.Layers(result, $"blocks.{k}.state_func", $"block{k}.ff.state", 2);
            }
            source.Layers(result, $"blocks.{k}.conv.edge_func", $"block{k}.phi_e", 3, [1, 0, 2, 3], w);
            source.Layers(result, $"blocks.{k}.conv.node_func", $"block{k}.phi_v", 3, [1, 0, 2], w);
            source.Layers(result, $"blocks.{k}.conv.state_func", $"block{k}.phi_u", 3, [1, 2, 0], w);
        }
        source.Recurrent(result, "node_s2s.lstm", "set2set.atom");
        source.Recurrent(result, "edge_s2s.lstm", "set2set.bond");
        source.Layers(result, "output_proj", "readout", 3);
        return result;
    }

    static void RequireEqualSpacing(float[] centres, string place)
    {
        for (var k = 0; k < centres.Length; k++)
            if (Math.Abs(centres[k] - centres[^1] * (double)k / (centres.Length - 1)) > 1e-5)
                throw new ModelException($"{place}: Gaussian centre {k} is {centres[k]}; centres must be equally spaced from 0");
    }

    /// <summary>The arrays of the file, with the translations that several tensors share.</summary>
    sealed class Source(IReadOnlyDictionary<string, NumpyArray> arrays, string place)
    {
        public NumpyArray Array(string name) =>
            arrays.TryGetValue(name, out var array) ? array : throw new ModelException($"{place}: the archive lacks the array '{name}'");

        /// <summary>Row of the file's element table → row Z of ours; rows of elements that the file lacks stay 0.</summary>
        public NumpyArray ByAtomicNumber(int[] order, int rows)
        {
            var table = Array("embedding.layer_node_embedding.weight");
            var width = table.Shape[1];
            var values = new float[rows * width];
            for (var r = 0; r < order.Length; r++) table.Values.AsSpan(r * width, width).CopyTo(values.AsSpan(order[r] * width));
            return new NumpyArray([rows, width], values);
        }

        /// <summary>Dense layers: transposed, the input blocks of the first reordered so that block b of ours is <paramref name="blocks"/>[b] of theirs.</summary>
        public void Layers(Dictionary<string, NumpyArray> to, string theirs, string ours, int count, int[]? blocks = null, int blockWidth = 0)
        {
            for (var l = 0; l < count; l++)
            {
                var transposed = WeightImport.Transpose(Array($"{theirs}.layers.{2 * l}.weight"));
                to[$"{ours}.{l}.W"] = l == 0 && blocks is not null ? Reorder(transposed, blocks, blockWidth) : transposed;
                to[$"{ours}.{l}.b"] = Array($"{theirs}.layers.{2 * l}.bias");
            }
        }

        public void Recurrent(Dictionary<string, NumpyArray> to, string theirs, string ours)
        {
            var input = WeightImport.Transpose(Array($"{theirs}.weight_ih_l0"));
            var recurrent = WeightImport.Transpose(Array($"{theirs}.weight_hh_l0"));
            to[$"{ours}.Wr"] = new NumpyArray(
                [input.Shape[0] + recurrent.Shape[0], input.Shape[1]], [.. input.Values, .. recurrent.Values]);
            var (first, second) = (Array($"{theirs}.bias_ih_l0"), Array($"{theirs}.bias_hh_l0"));
            to[$"{ours}.br"] = first with { Values = first.Values.Zip(second.Values, (a, b) => a + b).ToArray() };
        }

        static NumpyArray Reorder(NumpyArray matrix, int[] blocks, int blockWidth)
        {
            var length = blockWidth * matrix.Shape[1];
            var values = new float[matrix.Values.Length];
            for (var b = 0; b < blocks.Length; b++) matrix.Values.AsSpan(blocks[b] * length, length).CopyTo(values.AsSpan(b * length));
            return matrix with { Values = values };
        }
    }
}
