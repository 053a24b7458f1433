using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using AtomSets.Dashboard;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary>The command line: verbs, errors and exit codes.</summary>
public static class CommandLine
{
    /// <summary>Runs one command line and gives its exit code (see <see cref="ExitCodes"/>).</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliContext context)
    {
        var root = Create(context);
        var parsed = root.Parse(arguments);
        var unknown = parsed.UnmatchedTokens.FirstOrDefault() ?? MisspeltOption(parsed);
        if (parsed.Errors.Count > 0 || unknown is not null)
        {
            // One message: what was not understood explains whatever else seems to be missing or left over.
            context.Error.WriteLine($"atomsets: {(unknown is not null ? Unknown(parsed, unknown) : Explained(parsed.Errors[0]))}");
            context.Error.WriteLine($"Try: atomsets {string.Join(' ', VerbPath(parsed).Append("--help"))}");
            return ExitCodes.BadInput;
        }
        try
        {
            using var telemetry = TelemetryExport.Start(context.Environment, "atomsets");
            using var interruption = new Interruption(() =>
            {
                if (context.IsTerminal) context.Progress.Cursor.Show(true);
            });
            // Without a limit: a stop asked for by Ctrl-C waits for the running trials' checkpoints, and the second Ctrl-C for nothing.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, interruption.Token);
        }
        catch (Exception exception) when (UserErrors.Explain(exception) is { } explanation)
        {
            context.Error.WriteLine($"atomsets: {explanation.Message}");
            return explanation.ExitCode;
        }
    }

    /// <summary>The tree of verbs.</summary>
    public static RootCommand Create(CliContext context)
    {
        var database = CommonOptions.Database();
        var root = new RootCommand("AtomSets Cluster: transfer learning for materials, from large crystal sets to small ones.\n\nStart with: atomsets demo")
        {
            database,
            ClusterVerbs.OnCluster(),
            DemoVerb.Create(context, database),
            StudyVerbs.Create(context, database),
            ResultsVerb.Create(context, database),
            PredictVerb.Create(context, database),
            FeaturesVerb.Create(context, database),
            DataVerbs.Create(context),
            ModelVerbs.Create(context, database),
            UiVerb.Create(context, database),
            DatabaseVerbs.Create(context, database),
            ClusterVerbs.Create(context, database),
            BenchVerb.Create(context),
            DoctorVerb.Create(context),
        };
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        return root;
    }

    sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"AtomSets Cluster {ProgramVersion.Text}");
            return ExitCodes.Done;
        }
    }

    /// <summary>A word that looks like an option but was taken for one of any number of arguments.</summary>
    static string? MisspeltOption(ParseResult parsed) => parsed.CommandResult.Children.OfType<ArgumentResult>()
        .SelectMany(argument => argument.Tokens).Select(token => token.Value).FirstOrDefault(word => word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2);

    /// <summary>The library's words for a value that is no number name a .NET type.</summary>
    static string Explained(ParseError error)
    {
        var (name, tokens, type) = error.SymbolResult switch
        {
            OptionResult option => (option.Option.Name, option.Tokens, option.Option.ValueType),
            ArgumentResult { Parent: OptionResult option } => (option.Option.Name, option.Tokens, option.Option.ValueType),
            ArgumentResult argument => (argument.Argument.Name, argument.Tokens, argument.Argument.ValueType),
            _ => ("", [], typeof(string)),
        };
        if (!error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal) || tokens.Count == 0) return error.Message;
        var kind = Nullable.GetUnderlyingType(type) ?? type;
        return $"{name} {tokens[^1].Value}: must be {(kind == typeof(int) || kind == typeof(long) ? "a whole number" : kind == typeof(double) ? "a number" : "one that this option takes")}";
    }

    static string Unknown(ParseResult parsed, string word)
    {
        var command = parsed.CommandResult.Command;
        var known = word.StartsWith('-') ? command.Options.Where(option => !option.Hidden).Select(option => option.Name) : command.Subcommands.Select(verb => verb.Name);
        var names = known.ToList();
        return $"'{string.Join(' ', VerbPath(parsed).Prepend("atomsets"))}' does not know '{word}'{(names.Count == 0 ? "" : "; " + NearestName.Advice(word, names))}";
    }

    static IEnumerable<string> VerbPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var command = parsed.CommandResult; command.Command is not RootCommand; command = (CommandResult)command.Parent!)
            names.Push(command.Command.Name);
        return names;
    }
}
