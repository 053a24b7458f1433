using System.Globalization;
using System.Text;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary>A study file to start from, for a user's own set: learning curves of cheap models, and where there are structures of transfer beside scratch.</summary>
/// <param name="Name">Of the study and its target.</param>
/// <param name="Data">As the file will name it.</param>
/// <param name="Target">The column.</param>
/// <param name="Rows">Usable rows.</param>
/// <param name="HasStructures">Whether crystal structures are there.</param>
/// <param name="IsClass">Whether the target is 0 or 1.</param>
/// <param name="FoldColumn">Official folds; null without.</param>
/// <param name="Parent">A trained network to learn from; null without.</param>
sealed record StudyDraft(string Name, string Data, string Target, int Rows, bool HasStructures, bool IsClass, string? FoldColumn, string? Parent)
{
    static readonly int[] s_ladder = [25, 50, 100, 200, 500, 1000, 2000, 5000];

    const int MostSizes = 4;

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append("# Every key: docs/study-file-reference.md, or atomsets study keys\n");
        text.Append("study: ").Append(Name).Append('\n');
        if (Parent is not null) text.Append("sources:\n  parent: { parent: ").Append(Parent).Append(" }    # a trained network, by name or file; or data: a large set to train one on\n");
        text.Append("targets:\n  ").Append(Name).Append(":\n    data: ").Append(Quoted(Data)).Append("\n    target: ").Append(Quoted(Target)).Append('\n');
        var stratified = IsClass ? ", stratify: true" : "";
        text.Append(FoldColumn is { } fold
            ? $"    split: {{ column: {fold}, folds: all, validation: 0.1{stratified} }}    # each fold is tested once\n"
            : $"    split: {{ validation: 0.1, test: 0.2{stratified} }}    # shares; validation rows choose, test rows are looked at in the end\n");
        text.Append("    sizes: [").AppendJoin(", ", Sizes().Select(size => size.ToString(CultureInfo.InvariantCulture)).Append("all")).Append("]    # training rows: the points of a learning curve\n");
        text.Append("seeds: 3    # replicates, each with training rows of its own: the error bars\n");
        text.Append("models:\n");
        if (HasStructures)
        {
            if (Parent is null) text.Append("  net: { kind: megnet").Append(IsClass ? ", output: sigmoid" : "").Append(" }\n");
            else text.Append("  sets: { kind: atomsets").Append(IsClass ? ", output: sigmoid" : "").Append(" }    # on a layer of the parent\n");
        }
        var task = IsClass ? ", task: classification" : "";
        text.Append("  trees: { kind: extra_trees, input: pa145").Append(task).Append(" }    # of formulas alone, seconds\n");
        if (!HasStructures) text.Append("  line: { kind: ridge, input: pa145").Append(task).Append(" }\n  net: { kind: roost, preset: small").Append(IsClass ? ", output: sigmoid" : "").Append(" }\n");
        text.Append("transfer:\n");
        if (!HasStructures) text.Append("  - { mode: scratch, model: net, name: roost }\n  - { mode: scratch, model: line, name: line }\n");
        // A class needs an output of its own, which a parent of numbers has not: its layers serve.
        else if (Parent is null) text.Append("  - { mode: scratch, model: net, name: scratch }\n");
        else if (IsClass) text.Append("  - { mode: \"features:V1\", name: AtomSets-V1, model: sets }\n");
        else text.Append("  - scratch\n  - full                 # all weights of the parent\n  - { mode: \"features:V1\", name: AtomSets-V1, model: sets }\n");
        text.Append("  - { mode: scratch, model: trees, name: trees }\n");
        text.Append("training: { epochs: 200, patience: 20, batch_size: 32 }    # epochs is a cap: a run ends on its validation plateau\n");
        return text.ToString();
    }

    /// <summary>At most four rungs below the rows that train.</summary>
    IEnumerable<int> Sizes()
    {
        var fitting = s_ladder.Where(size => size < 0.6 * Rows).ToArray();
        var step = Math.Max(1, (fitting.Length + MostSizes - 1) / MostSizes);
        return fitting.Where((_, i) => (fitting.Length - 1 - i) % step == 0);
    }

    // Plain where YAML reads it as a text.
    static string Quoted(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/') && text.Length > 0 && char.IsAsciiLetter(text[0])
        ? text : "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    /// <summary>A name that studies may have.</summary>
    public static string NameOf(string data)
    {
        var plain = string.Concat(Path.GetFileName(data.TrimEnd('/')).Split('.')[0].Split(':')[0].Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')).Trim('-', '_');
        return plain.Length is > 0 and <= 100 ? plain : "study";
    }

    /// <summary>The draft of a set.</summary>
    /// <param name="loader">Finds the set.</param>
    /// <param name="data">Name, file or folder.</param>
    /// <param name="target">The column; null: the only one.</param>
    /// <param name="name">Of the study; null: the set's.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="InputException">There is no such set or column, or which column is meant cannot be known.</exception>
    public static StudyDraft Of(DataSetLoader loader, string data, string? target, string? name, CancellationToken cancel)
    {
        if (target is null)
        {
            var columns = loader.Load(data, new DataSetQuery { Structures = false }, cancel).Descriptor.Targets;
            if (columns.Count != 1) throw new InputException($"{data} has {(columns.Count == 0 ? "no column of numbers" : $"the columns {string.Join(", ", columns.Select(column => column.Name))}")}: say which is to be learnt, with --target");
            target = columns[0].Name;
        }
        var set = loader.Load(data, new DataSetQuery { Targets = [target] }, cancel);
        var values = set.Column(target).ToArray();
        return new StudyDraft(
            name ?? NameOf(data), data, target, set.Count, set.HasCrystals, values.All(value => value is 0 or 1), set.Descriptor.FoldColumns.FirstOrDefault(),
            set.HasCrystals && loader.Locations.OwnModels is { } own && File.Exists(Path.Combine(own, OwnParent + ".safetensors")) ? OwnParent : null);
    }

    /// <summary>The network of formation energies that comes with the program.</summary>
    const string OwnParent = "megnet-mp-pool-eform";
}
