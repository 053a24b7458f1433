using AtomSets.Tensors;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>
/// The kernels that the suites of this folder run on: every CPU path of this machine. A project that runs the same suites on other kernels
/// links them and brings a class of this name.
/// </summary>
static class KernelsUnderTest
{
    public static IEnumerable<Func<IKernels>> All => Paths.Select(path => (Func<IKernels>)(() => CpuKernels.Create(path)));

    public static IKernels Create() => CpuKernels.Create();

    static IEnumerable<CpuPath> Paths => Enum.GetValues<CpuPath>().Where(p => p <= CpuKernels.BestPath);
}
