using System.Globalization;
using AtomSets.Engine;
using AtomSets.Materials;

namespace AtomSets.Dashboard;

/// <summary>What the groups of a study reach, as <c>results groups</c> prints it.</summary>
sealed record GroupsAnswer(IReadOnlyList<GroupRow> Rows, IReadOnlyList<string> Notes)
{
    /// <param name="scratch">Name of the group from scratch.</param>
    /// <param name="transfer">Name of the group by transfer.</param>
    /// <param name="best">Name of the group of everything; null: none.</param>
    public static GroupsAnswer Of(IReadOnlyList<GroupOutcome> outcomes, DataSetRegistry registry, string scratch, string transfer, string? best)
    {
        if (!outcomes.Any(outcome => outcome.IsChoice)) return new GroupsAnswer([], []);
        var targets = GroupComparison.Of(outcomes, registry, scratch, transfer, best);
        return new GroupsAnswer(
            [.. targets.SelectMany(target => target.Outcomes.Select(outcome => new GroupRow(
                outcome.Target, outcome.Group, outcome.DataSet, outcome.Property, Number(outcome.Rows), outcome.Unit, outcome.Winner, outcome.Mode, outcome.Validation, outcome.Test, outcome.TestError,
                outcome.Tests, outcome.IsChoice, outcome == target.Chosen, target.PublishedScratch, target.PublishedTransfer)))],
            GroupComparison.Notes(targets, scratch, transfer));
    }

    static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <param name="TestError">Standard error of the mean test error.</param>
/// <param name="IsChoice">Whether configurations competed.</param>
/// <param name="IsChosen">Whether validation chooses it among the target's groups.</param>
sealed record GroupRow(
    string Target, string Group, string DataSet, string Property, long? Rows, string Unit, string Winner, string Mode, double Validation, double Test, double? TestError, IReadOnlyList<double> Tests,
    bool IsChoice, bool IsChosen, double? PublishedScratch, double? PublishedTransfer);

/// <summary>Figures of merit, as <c>results metrics</c> prints them.</summary>
sealed record MetricsAnswer(IReadOnlyList<MetricRow> Rows)
{
    public static MetricsAnswer Of(IEnumerable<MetricOutcome> outcomes) => new([.. outcomes.Select(outcome => new MetricRow(
        outcome.Target, outcome.Way, outcome.Rows, outcome.Metric, outcome.Unit, outcome.Mean, outcome.Spread, outcome.Parts, outcome.Looks,
        outcome.Published is { } published ? new PublishedAnswer(published.Value, published.Method, published.Note) : null))]);
}

/// <param name="Spread">Standard deviation over the parts.</param>
/// <param name="Parts">A value for each fold; for each seed where there are no folds.</param>
sealed record MetricRow(string Target, string Way, string Rows, string Metric, string Unit, double Mean, double? Spread, IReadOnlyList<double> Parts, int Looks, PublishedAnswer? Published);

sealed record PublishedAnswer(double Value, string Method, string? Note);

/// <summary>Means of several models, as <c>results ensemble</c> prints them.</summary>
sealed record EnsemblesAnswer(IReadOnlyList<EnsembleRow> Rows)
{
    public static EnsemblesAnswer Of(IEnumerable<EnsembleOutcome> outcomes) => new([.. outcomes.Select(outcome => new EnsembleRow(
        outcome.Target, outcome.Mode, outcome.Rows, outcome.Unit, outcome.Members, outcome.Single, outcome.Mean, outcome.StandardError, outcome.OverAll, outcome.Validation, outcome.Coverage))]);
}

/// <param name="Single">Mean error of the single models.</param>
/// <param name="Mean">Mean error of the mean over the members, over seeds and folds.</param>
/// <param name="OverAll">Error of the mean over members and seeds.</param>
/// <param name="Coverage">Share of test rows within the 90 % interval.</param>
sealed record EnsembleRow(string Target, string Mode, string Rows, string Unit, IReadOnlyList<string> Members, double Single, double Mean, double? StandardError, double OverAll, double? Validation, double? Coverage);

/// <summary>How well each way finds the held-out highest values, as <c>results discovery</c> prints it.</summary>
sealed record DiscoveryAnswer(IReadOnlyList<DiscoveryRow> Rows)
{
    public static DiscoveryAnswer Of(IEnumerable<DiscoveryOutcome> outcomes) => new([.. outcomes.Select(outcome => new DiscoveryRow(
        outcome.Target, outcome.Way, outcome.Rows, outcome.Unit, outcome.Top, outcome.Candidates, outcome.Mean(part => part.Found), outcome.StandardError(part => part.Found),
        outcome.Mean(part => part.First), outcome.StandardError(part => part.First), outcome.Mean(part => part.Above), outcome.StandardError(part => part.Above),
        outcome.Mean(part => part.Error), outcome.StandardError(part => part.Error), outcome.Mean(part => part.Residual), outcome.StandardError(part => part.Residual)))]);
}

/// <param name="Found">Share of the highest values among as many candidates that are predicted highest.</param>
/// <param name="First">The same of the ten predicted highest.</param>
/// <param name="Above">Share of the highest that are predicted at or above the least of them.</param>
sealed record DiscoveryRow(
    string Target, string Way, string Rows, string Unit, int Top, int Candidates, double Found, double? FoundSe, double First, double? FirstSe, double Above, double? AboveSe, double Error, double? ErrorSe,
    double Residual, double? ResidualSe);
