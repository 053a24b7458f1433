using System.CommandLine;
using AtomSets.Models;

namespace AtomSets.Commands;

/// <summary><c>atomsets study keys</c>: every key of study files, from the tables that their reader uses.</summary>
static class StudyKeysVerb
{
    enum Form
    {
        Text,
        Csv,
        Json,
        Markdown,
        Schema,
    }

    public static Command Create(CliContext context)
    {
        var name = new Argument<string?>("section") { Description = "Only this section: study, source, target, split, training, a kind of model (megnet) …; default: all.", Arity = ArgumentArity.ZeroOrOne };
        var format = new Option<Form>("--format")
        {
            Description = "text; csv or json, a row for each key; markdown, the page of the guide; schema, a JSON Schema for editors.",
            HelpName = "text|csv|json|markdown|schema",
            DefaultValueFactory = _ => Form.Text,
        };
        var output = new Option<string?>("--output") { Description = "Write to this file; default: standard output.", HelpName = "file" };
        var command = new Command("keys", "Lists every key of study files: its values, default and meaning.\n\nExample: atomsets study keys split") { name, format, output };
        command.SetAction(async (result, _) =>
        {
            var sections = ReferenceWriter.Named(ReferenceSection.All(ModelRegistry.Default), result.GetValue(name));
            var text = result.GetValue(format) switch
            {
                Form.Csv => ReferenceWriter.Rows(sections).ToCsv(),
                Form.Json => ReferenceWriter.Rows(sections).ToJson() + "\n",
                Form.Markdown => ReferenceWriter.Markdown(sections),
                Form.Schema => StudySchema.Text(ModelRegistry.Default),
                _ => ReferenceWriter.Text(sections),
            };
            if (result.GetValue(output) is { } path) OutputFile.Write(path, text);
            else await context.Console.Profile.Out.Writer.WriteAsync(text);
            return ExitCodes.Done;
        });
        return command;
    }
}
