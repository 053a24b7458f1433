using System.Text;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary>Writes the reference of study files for people: as rows, or as the page of the guide.</summary>
static class ReferenceWriter
{
    public static RowTable Rows(IEnumerable<ReferenceSection> sections)
    {
        var table = new RowTable("section", "key", "values", "default", "meaning", "example") { OmitNulls = true };
        foreach (var section in sections)
            foreach (var key in section.Keys) table.Add(section.Name, key.Name, key.Values, key.Default, key.Summary, key.Example);
        return table;
    }

    /// <summary>Aligned text for a terminal: a line for the values and one for the meaning, so that none is folded.</summary>
    public static string Text(IEnumerable<ReferenceSection> sections)
    {
        var text = new StringBuilder();
        foreach (var section in sections)
        {
            text.Append(section.Name).Append(" (").Append(section.Place).Append(")\n  ").Append(section.Summary).Append("\n\n");
            foreach (var key in section.Keys)
            {
                text.Append("  ").Append(key.Name).Append(": ").Append(key.Values).Append("; ").Append(key.Default is "required" or "none" ? "" : "default: ").Append(key.Default).Append('\n');
                text.Append("      ").Append(key.Summary).Append('\n');
                if (key.Example is { } example) text.Append("      ").Append(key.Name).Append(": ").Append(example).Append('\n');
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    public static string Markdown(IReadOnlyList<ReferenceSection> sections)
    {
        var text = new StringBuilder();
        text.Append("# Study-file reference\n\nEvery key that the program reads, written by the program itself from the tables that its reader, models and trainings use:\n\n```sh\n");
        text.Append("./atomsets study keys                      # all of it as text\n./atomsets study keys megnet               # one section: target, split, training, a kind of model …\n");
        text.Append("./atomsets study keys --format markdown --output docs/study-file-reference.md\n");
        text.Append("./atomsets study keys --format schema --output study.schema.json     # JSON Schema, for editors\n```\n\n");
        text.Append("How to use them: [study files](study-files.md). An editor with the YAML language server completes and checks keys when a study file begins with\n");
        text.Append("`# yaml-language-server: $schema=study.schema.json`.\n\n");
        text.Append("A setting of a model or of `training` may be a space instead of a value: `{ choice: [a, b] }`, `{ int: [1, 4] }`, `{ float: [0, 0.5] }`, `{ log: [1e-4, 1e-2] }`; for a grid over the last two\n");
        text.Append("with `points: 5`; with `when: { other_setting: value }` it is drawn only beside that value. Lists cannot be searched.\n\n");
        text.Append("Sections: ").AppendJoin(" · ", sections.Select(section => Link(section.Name))).Append("\n\n");
        foreach (var section in sections)
        {
            text.Append("## ").Append(section.Name).Append("\n\n`").Append(section.Place).Append("`. ").Append(section.Summary).Append("\n\n");
            var examples = section.Keys.Any(key => key.Example is not null);
            text.Append("| key | values | default | meaning |").Append(examples ? " example |\n" : "\n").Append("|---|---|---|---|").Append(examples ? "---|\n" : "\n");
            foreach (var key in section.Keys)
            {
                var values = key.Below is { } below ? $"{Cell(key.Values)} of {Link(below.Title)}" : Cell(key.Values);
                text.Append("| `").Append(key.Name).Append("` | ").Append(values).Append(" | ").Append(Cell(key.Default)).Append(" | ").Append(Cell(key.Summary)).Append(" |");
                if (examples) text.Append(" `").Append(Cell(key.Example ?? "")).Append("` |");
                text.Append('\n');
            }
            text.Append('\n');
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>The sections of a name.</summary>
    /// <exception cref="InputException">There is none; the message names the nearest.</exception>
    public static IReadOnlyList<ReferenceSection> Named(IReadOnlyList<ReferenceSection> all, string? name)
    {
        if (name is null) return all;
        var found = all.Where(section => section.Name == name).ToArray();
        return found.Length > 0 ? found : throw new InputException($"study files have no section \"{name}\"; {NearestName.Advice(name, all.Select(section => section.Name))}");
    }

    static string Link(string name) => $"[{name}](#{name})";

    // A bar would end the cell; an angle bracket would begin a tag.
    static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "\\<", StringComparison.Ordinal);
}
