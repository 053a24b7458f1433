using System.CommandLine;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>The questions of <c>atomsets results</c> that have a verb each: best, transfer, trials, curves, residuals, worst, cost, compare.</summary>
sealed class ResultAnswerVerbs(CliContext context, Option<string?> database)
{
    const int PageRows = 1000;

    public IEnumerable<Command> All => [Best(), Transfer(), Trials(), Curves(), Residuals(), Worst(), Cost(), Compare()];

    Command Best()
    {
        var by = By("What makes a row; default: data_set, property, size.");
        return Make("best", "The best configuration for each data set, property and size: by mean validation error over its replicates, all of which ended well."
            + "\n\nExamples: atomsets results best\n          atomsets results best quick --by mode,size --format csv", PageRows, "rows", [by],
            (session, filter, page, result, cancel) => session.Answers.BestAsync(filter, ResultColumns.Parse(result.GetValue(by) ?? [], replicates: false), page, cancel), seeds: false);
    }

    Command Transfer()
    {
        var by = By("What makes a row; default: study, target, mode, model, source, source_size, size.");
        return Make("transfer", "Transfer beside training from scratch: mean test errors over pairs of runs with the same size, fold and seed, their ratio, and in how many pairs transfer wins."
            + "\n\nExamples: atomsets results transfer quick\n          atomsets results transfer --by mode,size", PageRows, "rows", [by],
            (session, filter, page, result, cancel) => session.Answers.TransferAsync(filter, ResultColumns.Parse(result.GetValue(by) ?? [], replicates: false), page, cancel), seeds: false,
            "No row: no finished transfer meets the filters and has a run from scratch beside it.");
    }

    Command Trials() => Make("trials", "All trials of a model, a study, or whatever else the filters say: a row each, study by study in plan order."
        + "\n\nExample: atomsets results trials --model megnet --size 100 --format csv", PageRows, "trials", [],
        (session, filter, page, _, cancel) => session.Answers.TrialsAsync(filter, page, cancel));

    Command Curves()
    {
        var trial = Trial();
        var group = ResultFilterOptions.Make("--group", "Configurations, as results --by group and results best name them.");
        var best = new Option<bool>("--best") { Description = "Only the best configuration for each data set, property and size." };
        return Make("curves", "Learning curves: one row per run and epoch."
            + "\n\nExamples: atomsets results curves quick --mode full --format csv\n          atomsets results curves quick --best", 10_000, "epochs", [trial, group, best],
            async (session, filter, page, result, cancel) =>
            {
                if (result.GetValue(best)) return await session.Answers.BestCurvesAsync(filter, page, cancel);
                var groups = result.GetResult(group) is null ? null : ResultFilterOptions.Values(result, group);
                return await session.Answers.CurvesAsync(filter, groups, await KeyAsync(session, result.GetValue(trial), cancel), page, cancel);
            });
    }

    Command Residuals()
    {
        var trial = Trial();
        var material = ResultFilterOptions.Make("--material", "Materials.");
        return Make("residuals", "Test predictions per material (residual = prediction - truth); of one trial the largest residuals first."
            + "\n\nExample: atomsets results residuals quick --mode full --size 100 --format csv", 10_000, "predictions", [trial, material],
            async (session, filter, page, result, cancel) =>
                await session.Answers.ResidualsAsync(filter, ResultFilterOptions.Values(result, material), await KeyAsync(session, result.GetValue(trial), cancel), page, cancel));
    }

    Command Worst() => Make("worst", "Materials with the largest mean test error, for each property by itself.\n\nExample: atomsets results worst demo-phonons --mode full", 20, "materials of a property", [],
        (session, filter, page, _, cancel) => session.Answers.WorstAsync(filter, page, cancel));

    Command Cost()
    {
        var by = By($"What makes a row: {string.Join(", ", CostQueries.Columns)}; default: study.");
        return Make("cost", "Time in workers: trials, epochs, core-hours, seconds per trial and per epoch; the dearest first."
            + "\n\nExamples: atomsets results cost\n          atomsets results cost --by machine,family\n          atomsets results cost quick --by trial --limit 10", PageRows, "rows", [by],
            (session, filter, page, result, cancel) => session.Costs.CostAsync(filter, ResultColumns.Names(result.GetValue(by) ?? []), page, cancel));
    }

    Command Compare()
    {
        var first = new Argument<string>("A") { Description = "A study." };
        var second = new Argument<string>("B") { Description = "Another." };
        var only = new Option<string?>("--only") { Description = "One kind of rows: study, setting, \"only in A\", \"only in B\" or result.", HelpName = "kind" };
        only.AcceptOnlyFromAmong("study", "setting", "only in A", "only in B", "result");
        var answer = new AnswerOptions(100, "rows of a kind", "No row: nothing of this kind differs.");
        var command = new Command("compare", "What changed between two studies: settings that differ, trials of both, configurations of one alone, mean errors side by side."
            + "\n\nExample: atomsets results compare quick quick-wider") { first, second, only };
        answer.AddTo(command);
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            IReadOnlyList<string> kinds = result.GetValue(only) is { } kind ? [kind] : [];
            answer.Write(context, result, await session.Comparison.CompareAsync(result.GetValue(first)!, result.GetValue(second)!, kinds, answer.Page(result), cancellation));
            return ExitCodes.Done;
        });
        return command;
    }

    Command Make(
        string name, string description, int limit, string rows, IReadOnlyList<Option> options, Func<Session, ResultFilter, AnswerPage, ParseResult, CancellationToken, Task<AnswerTable>> ask,
        bool seeds = true, string? none = null)
    {
        var (filter, answer) = (new ResultFilterOptions(seeds), none is null ? new AnswerOptions(limit, rows) : new AnswerOptions(limit, rows, none));
        var command = new Command(name, description);
        filter.AddTo(command);
        foreach (var option in options) command.Add(option);
        answer.AddTo(command);
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var chosen = filter.Read(result);
            await filter.CheckStudiesAsync(chosen, session, cancellation);
            answer.Write(context, result, await ask(session, chosen, answer.Page(result), result, cancellation));
            return ExitCodes.Done;
        });
        return command;
    }

    static Option<string?> Trial() => new("--trial") { Description = "The trial whose key begins so.", HelpName = "key" };

    /// <exception cref="StudyInputException">No trial's key begins so.</exception>
    static async Task<string?> KeyAsync(Session session, string? key, CancellationToken cancel)
    {
        if (key is null) return null;
        if (key.Length == 0 || !key.All(char.IsAsciiHexDigitLower) || (await session.Ledger.CompleteKeyAsync(key, 1, cancel)).Count == 0)
            throw new StudyInputException($"--trial {key}: no trial's key begins so; results trials shows them");
        return key;
    }

    static Option<string[]> By(string description) => new("--by") { Description = description, HelpName = "columns", AllowMultipleArgumentsPerToken = false };
}
