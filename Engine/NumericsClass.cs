using System.Text.Json;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>
/// The classes of arithmetic within which a trial's numbers are the same bits; part of every spec and so of its key. Across them the numbers
/// agree to rounding.
/// </summary>
public static class NumericsClass
{
    /// <summary>The program's own kernels.</summary>
    public const string Cpu = "cpu";

    /// <summary>libtorch on the CPU.</summary>
    public const string TorchCpu = "torch-cpu";

    /// <summary>libtorch on a GPU, products in float32.</summary>
    public const string CudaFp32 = "cuda-fp32";

    /// <summary>libtorch on a GPU, products of numbers rounded to TF32.</summary>
    public const string CudaTf32 = "cuda-tf32";

    /// <summary>Refuses a trial of another class.</summary>
    /// <param name="spec">What is to be computed.</param>
    /// <param name="numerics">What these workers compute.</param>
    /// <exception cref="StudyInputException">The classes differ.</exception>
    public static void Check(TrialSpec spec, string numerics)
    {
        using var content = spec.Open();
        var asked = content.RootElement.TryGetProperty("numerics", out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : Cpu;
        if (asked == numerics) return;
        throw new StudyInputException($"trial {spec.Key.Short} is of the numerics class {asked}, these workers compute {numerics}: resume the study with "
            + $"{DeviceOf(asked!)}");
    }

    /// <summary>The option that has workers compute a class, for messages.</summary>
    public static string DeviceOf(string numerics) => numerics switch
    {
        TorchCpu => "--device torch-cpu",
        CudaFp32 => "--device cuda:0",
        CudaTf32 => "--device cuda:0:tf32",
        _ => "--device cpu",
    };
}
