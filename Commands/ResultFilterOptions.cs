using System.CommandLine;
using System.Globalization;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>The options by which result verbs choose rows; each takes several values, with commas or repeated.</summary>
/// <param name="seeds">False for verbs whose rows are over all replicates.</param>
sealed class ResultFilterOptions(bool seeds = true)
{
    readonly Argument<string[]> _studies = new("study") { Description = "Studies; none means all.", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<string[]> _source = Make("--source", "Sources of transfer.");
    readonly Option<string[]> _target = Make("--target", "Targets, as their study calls them.");
    readonly Option<string[]> _data = Make("--data", "Data sets.");
    readonly Option<string[]> _property = Make("--property", "Properties: columns of data sets.");
    readonly Option<string[]> _role = Make("--role", "pretrain or transfer.");
    readonly Option<string[]> _model = Make("--model", "Models: a study's name of them, or their family (megnet, cgcnn, ...).");
    readonly Option<string[]> _mode = Make("--mode", "Transfer modes.");
    readonly Option<string[]> _size = Make("--size", "Training sizes.");
    readonly Option<string[]> _seed = Make("--seed", "Seeds.");

    public void AddTo(Command command)
    {
        command.Add(_studies);
        foreach (var option in (Option[])[_data, _property, _target, _size, _mode, _model, _source, _role]) command.Add(option);
        if (seeds) command.Add(_seed);
    }

    /// <exception cref="StudyInputException">A size or seed is no whole number.</exception>
    public ResultFilter Read(ParseResult result) => new()
    {
        Studies = result.GetValue(_studies) ?? [],
        Sources = Values(result, _source),
        Targets = Values(result, _target),
        DataSets = Values(result, _data),
        Properties = Values(result, _property),
        Roles = Values(result, _role),
        Models = Values(result, _model),
        Modes = Values(result, _mode),
        Sizes = Numbers(result, _size),
        Seeds = seeds ? Numbers(result, _seed) : [],
    };

    /// <summary>Whether nothing but the study restricts the rows.</summary>
    public bool IsOnlyStudies(ResultFilter filter) =>
        filter.Sources.Count + filter.Targets.Count + filter.DataSets.Count + filter.Properties.Count + filter.Roles.Count
        + filter.Models.Count + filter.Modes.Count + filter.Sizes.Count + filter.Seeds.Count == 0;

    /// <exception cref="StudyNotFoundException">A study named does not exist: an empty table would look like an answer.</exception>
    public async Task CheckStudiesAsync(ResultFilter filter, Session session, CancellationToken cancellation)
    {
        if (filter.Studies.Count == 0) return;
        var known = (await session.Engine.ListAsync(cancellation)).Select(study => study.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var study in filter.Studies)
            if (!known.Contains(study)) throw new StudyNotFoundException(study);
    }

    internal static Option<string[]> Make(string name, string description) =>
        new(name) { Description = description, HelpName = "values", AllowMultipleArgumentsPerToken = false };

    internal static List<string> Values(ParseResult result, Option<string[]> option) =>
        [.. (result.GetValue(option) ?? []).SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    static List<long> Numbers(ParseResult result, Option<string[]> option) =>
        [.. Values(result, option).Select(text => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            ? number : throw new StudyInputException($"{option.Name} {text}: must be a whole number"))];
}
