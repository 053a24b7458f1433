using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>What every verb may use of the world outside.</summary>
/// <param name="Console">Results go here (standard output).</param>
/// <param name="Error">Messages and plain progress lines go here (standard error).</param>
/// <param name="Environment">Reads an environment variable.</param>
/// <param name="Time">The clock.</param>
/// <param name="Sessions">Opens the database and the engine; the executable decides which.</param>
public sealed record CliContext(
    IAnsiConsole Console,
    TextWriter Error,
    Func<string, string?> Environment,
    TimeProvider Time,
    ISessionFactory Sessions)
{
    /// <summary>Silos of this machine; null in an executable without a cluster.</summary>
    public IClusterControl? Cluster { get; init; }

    /// <summary>Where progress is drawn: a terminal, if there is one, also when results go into a file.</summary>
    public IAnsiConsole Progress { get; init; } = Console;

    /// <summary>Whether progress may be redrawn in place.</summary>
    public bool IsTerminal => Progress.Profile is { Out.IsTerminal: true, Capabilities: { Interactive: true, Ansi: true } };
}
