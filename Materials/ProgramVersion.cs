using System.Reflection;

namespace AtomSets.Materials;

/// <summary>Which program this is: what results and model files say of where they come from. The number is <c>Version</c> in Directory.Build.props, and nowhere else.</summary>
public static class ProgramVersion
{
    const int ShortCommit = 12;

    /// <summary>Such as <c>0.1.0</c>.</summary>
    public static string Number { get; } = typeof(ProgramVersion).Assembly.GetName().Version!.ToString(3);

    /// <summary>The commit that the program was built from, twelve digits; null where that is not known: built outside a checkout, or hosted by something else.</summary>
    public static string? Commit { get; } = CommitOf(Assembly.GetEntryAssembly());

    /// <summary>Both, for people.</summary>
    public static string Text => Commit is null ? Number : $"{Number} (commit {Commit})";

    /// <summary>The SDK writes <c>number+commit</c>; only executables of ours carry it (Directory.Build.targets), so that a commit compiles nothing anew but these.</summary>
    internal static string? CommitOf(Assembly? program)
    {
        if (program?.GetCustomAttribute<AssemblyProductAttribute>()?.Product != typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyProductAttribute>()!.Product) return null;
        var parts = program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+');
        return parts is [_, { Length: >= ShortCommit } commit] ? commit[..ShortCommit] : null;
    }
}
