using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>How one run of the program ended and what it said.</summary>
/// <param name="Command">The command line, for messages.</param>
public sealed record ProgramResult(string Command, int ExitCode, string Out, string Error)
{
    /// <returns>This result.</returns>
    public ProgramResult MustExit(int code)
    {
        Assert.True(ExitCode == code, $"`{Command}` ended with {ExitCode}, expected {code}\n--- stdout\n{Out}\n--- stderr\n{Error}");
        return this;
    }

    /// <summary>Exit code 2 and one message of the program's own on standard error, with no stack trace.</summary>
    /// <param name="parts">What the message must name: the place and the remedy.</param>
    public ProgramResult MustRefuse(params string[] parts)
    {
        MustExit(2);
        var message = Error.Split('\n').Where(line => line.StartsWith("atomsets: ", StringComparison.Ordinal)).ToList();
        Assert.True(message.Count == 1, $"`{Command}` printed {message.Count} messages:\n{Error}");
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        foreach (var part in parts) Assert.True(Error.Contains(part, StringComparison.Ordinal), $"`{Command}` does not name '{part}':\n{Error}");
        return this;
    }
}
