using AtomSets.Tensors;
using AtomSets.Tensors.TorchSharp;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>The linked suites run on TorchSharp: on its CPU device, or on the one that <c>ATOMSETS_TORCH_DEVICE</c> names.</summary>
static class KernelsUnderTest
{
    public static string Device { get; } = Environment.GetEnvironmentVariable("ATOMSETS_TORCH_DEVICE") is { Length: > 0 } named ? named : "cpu";

    public static IEnumerable<Func<IKernels>> All => [Create];

    public static IKernels Create() => TorchKernels.Create(Device);
}
