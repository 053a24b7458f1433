using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>Standard output and standard error of an executable, as its verbs use them.</summary>
public sealed class ProgramConsoles
{
    public ProgramConsoles()
    {
        Results = AnsiConsole.Console;
        // Rows in a pipe or a file are not folded.
        if (Console.IsOutputRedirected) Results.Profile.Width = 10_000;
        Progress = Console.IsErrorRedirected ? Results : AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    }

    /// <summary>Standard error, for messages.</summary>
    public TextWriter Messages { get; } = PlainText.Over(Console.Error);

    /// <summary>Standard output.</summary>
    public IAnsiConsole Results { get; }

    /// <summary>Standard error where that is a terminal, so that progress is seen also when results go into a file; else standard output.</summary>
    public IAnsiConsole Progress { get; }

    /// <summary>A line about what takes long.</summary>
    public void Say(string line)
    {
        if (Console.IsErrorRedirected) Messages.WriteLine(line);
        // Over the whole width, and through the console that draws: so it stands above the drawing and does not tear it.
        else Progress.WriteLine(PlainText.Of(line).PadRight(Math.Max(0, Progress.Profile.Width - 3)));
    }
}
