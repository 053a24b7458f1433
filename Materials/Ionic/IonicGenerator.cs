namespace AtomSets.Materials;

/// <summary>The built-in data set <c>ionic</c>.</summary>
public static class IonicGenerator
{
    /// <summary>Crystals in <c>ionic</c> without a count.</summary>
    public const int DefaultCount = 2000;

    public static DataSet Generate(int count, ulong seed) => throw new InputException($"ionic:{count}:{seed} cannot be generated yet");
}
