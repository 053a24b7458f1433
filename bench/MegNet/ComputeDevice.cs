using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>Where our side of a contest computes.</summary>
/// <param name="Name">As PyTorch names it, for the peer.</param>
/// <param name="Create">Makes our kernels.</param>
sealed record ComputeDevice(string Name, Func<IKernels> Create)
{
    /// <summary>The CPU kernels.</summary>
    public static ComputeDevice Own { get; } = new("cpu", () => CpuKernels.Create());

    /// <summary>TorchSharp's kernels; null in a build without them.</summary>
    public static ComputeDevice? Torch { get; } =
#if TORCH
        Environment.GetEnvironmentVariable("ATOMSETS_TORCH_DEVICE") is { Length: > 0 } named ? OnTorch(named) : OnTorch("cpu");

    static ComputeDevice OnTorch(string device) => new(device, () => Tensors.TorchSharp.TorchKernels.Create(device));
#else
        null;
#endif
}
