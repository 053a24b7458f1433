namespace AtomSets.Tensors;

/// <summary>Instruction sets of the CPU kernels.</summary>
public enum CpuPath { Portable, Avx2, Avx512 }

/// <summary>The CPU kernels: float32, one thread.</summary>
public static class CpuKernels
{
    /// <summary>The fastest kernels of this machine, or those of a given path.</summary>
    public static IKernels Create(CpuPath? path = null) => path is null ? new ReferenceKernels() : throw new NotSupportedException($"no {path} kernels yet");
}
