using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Tensors;

namespace AtomSets.Local;

/// <summary>What <c>--device</c> names.</summary>
/// <param name="Numerics">Of the kernels.</param>
/// <param name="Kernels">Makes a worker's.</param>
/// <param name="IsShared">Whether all workers would share one device: then one is enough.</param>
sealed record ComputeDevice(string Numerics, Func<IKernels> Kernels, bool IsShared = false)
{
    /// <exception cref="InputException">There is no such device, or this build cannot use it.</exception>
    public static ComputeDevice Of(string? name)
    {
        if (name is null or "cpu") return new(NumericsClass.Cpu, () => CpuKernels.Create());
        var isTf32 = name.EndsWith(":tf32", StringComparison.Ordinal);
        var device = isTf32 ? name[..^":tf32".Length] : name;
        if (name == "torch-cpu") return Torch(NumericsClass.TorchCpu, "cpu", isTf32: false);
        if (device == "cuda" || (device.StartsWith("cuda:", StringComparison.Ordinal) && ushort.TryParse(device["cuda:".Length..], out _)))
            return Torch(isTf32 ? NumericsClass.CudaTf32 : NumericsClass.CudaFp32, device, isTf32);
        throw new InputException($"--device {name}: must be cpu, torch-cpu, cuda:N or cuda:N:tf32, such as cuda:0");
    }

#if TORCH
    static ComputeDevice Torch(string numerics, string device, bool isTf32)
    {
        try
        {
            // What cannot be used is said at once, not by every trial.
            Tensors.TorchSharp.TorchKernels.Create(device, isTf32).Dispose();
        }
        catch (PlatformNotSupportedException e)
        {
            throw new InputException($"--device: {e.Message}", e);
        }
        return new(numerics, () => Tensors.TorchSharp.TorchKernels.Create(device, isTf32), IsShared: device != "cpu");
    }
#else
    static ComputeDevice Torch(string numerics, string device, bool isTf32) => throw new InputException(
        $"--device: the numerics class {numerics} needs TorchSharp, which this build is without; set ATOMSETS_TORCH={(device == "cpu" ? "cpu" : "cuda")} and start "
        + "./atomsets again, where the packages of TorchSharp can be restored");
#endif
}
