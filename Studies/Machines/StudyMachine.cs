namespace AtomSets.Studies;

/// <summary>The pure scheduling core of one study.</summary>
public static class StudyMachine
{
    internal static string Snapshot() => "";
}

/// <summary>The registered samplers.</summary>
public static class Samplers;
