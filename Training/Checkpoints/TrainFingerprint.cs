using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Training;

/// <summary>Hash of what decides a training's numbers, first weights excepted: model, settings, seed, rows, targets, scaling, frozen ranges, device kind.</summary>
static class TrainFingerprint
{
    public static string Of(TrainInputs inputs, TargetScaler scaler)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Text(inputs.Model.Spec.ToJson());
        Text(inputs.Settings.ToJson());
        Text(inputs.Parameters.Kernels.Name);
        foreach (var parameter in inputs.Model.Parameters.Parameters) Text(FormattableString.Invariant($"{parameter.Name} {parameter.Rows} {parameter.Columns} {parameter.Offset}"));
        Numbers<ulong>([inputs.Seed]);
        Numbers<double>([scaler.Mean, scaler.Deviation]);
        foreach (var (offset, length) in inputs.Parameters.TrainableRanges) Numbers<int>([offset, length]);
        foreach (var rows in (int[][])[inputs.TrainRows, inputs.ValidationRows])
        {
            Numbers<int>([rows.Length]);
            Numbers<int>(rows);
            foreach (var row in rows) Numbers<double>([inputs.Targets[row]]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Numbers<int>([bytes.Length]);
            hash.AppendData(bytes);
        }

        void Numbers<T>(ReadOnlySpan<T> numbers) where T : unmanaged => hash.AppendData(MemoryMarshal.AsBytes(numbers));
    }
}
