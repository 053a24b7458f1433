using System.CommandLine;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary><c>atomsets study new</c>: a study file to start from.</summary>
static class StudyNewVerb
{
    public static Command Create(CliContext context)
    {
        var data = new Argument<string>("data") { Description = "An imported or registered set, a CSV file or a folder of structures." };
        var target = new Option<string?>("--target") { Description = "The column to learn; default: the only one.", HelpName = "column" };
        var name = new Option<string?>("--name") { Description = "Name of the study; default: the set's.", HelpName = "name" };
        var output = new Option<string?>("--output") { Description = "The file to write; default: the study's name with .yaml. It is not written over.", HelpName = "file" };
        var command = new Command("new", "Writes a study file to start from for your own data: learning curves, and with structures transfer beside scratch.\n\nExample: atomsets study new gaps --target gap") { data, target, name, output };
        command.SetAction((result, cancellation) =>
        {
            var draft = StudyDraft.Of(new DataSetLoader(), result.GetValue(data)!, result.GetValue(target), result.GetValue(name), cancellation);
            var path = result.GetValue(output) ?? draft.Name + ".yaml";
            if (File.Exists(path)) throw new InputException($"{path} is there already: name another file with --output");
            // What the file says of a path holds from the file's folder on.
            if (File.Exists(draft.Data) || Directory.Exists(draft.Data)) draft = draft with { Data = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFullPath(draft.Data)) };
            OutputFile.WriteNew(path, draft.ToString());
            context.Console.WriteLine($"{path}: {draft.Rows} rows of {draft.Data} with a value of {draft.Target}, {(draft.HasStructures ? "crystal structures" : "formulas")}{(draft.IsClass ? ", classes 0 and 1" : "")}.");
            context.Console.WriteLine($"Look at it, then: atomsets study run {path}");
            context.Console.WriteLine($"A page of figures: atomsets study report {draft.Name}");
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
