using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>A host copy of a device buffer, exact whatever the device's number type: float32 where that loses nothing, else float64.</summary>
sealed class FlatNumbers
{
    readonly float[]? _single;
    readonly double[]? _double;

    FlatNumbers(float[]? single, double[]? @double) => (_single, _double) = (single, @double);

    public int Length => _single?.Length ?? _double!.Length;

    public static FlatNumbers Download(IKernels kernels, DeviceSpan from)
    {
        var wide = new double[from.Length];
        kernels.Download(from, wide);
        var narrow = new float[wide.Length];
        for (var i = 0; i < wide.Length; i++)
        {
            narrow[i] = (float)wide[i];
            if (BitConverter.DoubleToInt64Bits(narrow[i]) != BitConverter.DoubleToInt64Bits(wide[i])) return new FlatNumbers(null, wide);
        }
        return new FlatNumbers(narrow, null);
    }

    public static FlatNumbers From(SafetensorsFile file, string name) =>
        file[name].Type == SafetensorsType.F64 ? new FlatNumbers(null, file.Doubles(name)) : new FlatNumbers(file.Floats(name), null);

    public void Upload(IKernels kernels, DeviceSpan to)
    {
        if (_single is not null) kernels.Upload(_single, to);
        else kernels.Upload(_double, to);
    }

    public void AddTo(SafetensorsWriter writer, string name)
    {
        if (_single is not null) writer.Add(name, _single, _single.Length);
        else writer.Add(name, _double, _double!.Length);
    }
}
