using System.Globalization;
using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>How fast one core reads and writes: y += a·x over arrays that fit the last-level cache, or that fit no cache.</summary>
/// <param name="name">Name of the row.</param>
/// <param name="mebibytes">Of both arrays together.</param>
sealed class MemoryRate(string name, int mebibytes) : IBenchmark
{
    public string Name => name;

    public string About => string.Create(CultureInfo.InvariantCulture, $"y += a·x over {mebibytes} MiB on one core, two reads and a write counted; no peer");

    public bool IsUsual => false;

    public Contest Prepare()
    {
        var kernels = CpuKernels.Create();
        var length = mebibytes / 2 * (1 << 20) / sizeof(float);
        DeviceMemory x = kernels.Allocate(length), y = kernels.Allocate(length);
        return new Contest(x, y, kernels)
        {
            Unit = "GB/s",
            Figure = seconds => 3.0 * sizeof(float) * length / seconds * 1e-9,
            Note = $"{kernels.Name}; no peer",
            Ours = () => kernels.AddScaled(0.5, x.Span, y.Span),
        };
    }
}
