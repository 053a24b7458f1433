using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>Gradients as a peer has them.</summary>
static class GradientExport
{
    /// <summary>Copies of all gradients, by parameter name.</summary>
    public static Dictionary<string, float[]> Of(ParameterSet parameters)
    {
        var copies = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var info in parameters.Layout.Parameters)
        {
            var copy = copies[info.Name] = new float[info.Length];
            parameters.Kernels.Download(parameters.Gradient(parameters.Layout.Find(info.Name)), copy);
        }
        return copies;
    }
}
