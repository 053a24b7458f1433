using System.Collections;
using System.Globalization;
using AtomSets.Engine;
using AtomSets.Models;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary>A part of the reference of study files.</summary>
/// <param name="Name">By which it is asked for: a section, <c>training</c>, or a model's kind.</param>
/// <param name="Place">Where it stands in a file.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Keys">Its keys.</param>
public sealed record ReferenceSection(string Name, string Place, string Summary, IReadOnlyList<ReferenceKey> Keys)
{
    /// <summary>Everything that this program reads: the reader's sections, the settings of trainings, those of every kind of model.</summary>
    public static IReadOnlyList<ReferenceSection> All(ModelRegistry models) =>
    [
        .. StudyKeys.Sections.Select(Of),
        new("training", "training, everywhere", "Settings of a training. Each is a value or a space to search.", [.. TrainSettings.Schema.Select(Of)]),
        .. models.Families.Select(Of),
    ];

    static ReferenceSection Of(StudySection section) => new(section.Title, section.Place, section.Summary, [.. section.Keys.Select(Of)]);

    static ReferenceKey Of(StudyKey key) => new(
        key.Name, key.Values,
        key.Default ?? (key.IsRequired ? "required" : key.Otherwise ?? (key.Words.Count > 1 ? key.Words[0] : "none")),
        key.Summary, key.Example, key.Section);

    static ReferenceSection Of(IModelFamily family) => new(
        family.Name, $"models.<name> with kind: {family.Name}",
        (family is INetworkFamily ? "A network, trained by gradient steps." : "A classical model, fitted in one go.") + string.Concat(family.Presets.Select(Preset)),
        [.. family.Schema.Select(Of)]);

    static string Preset(KeyValuePair<string, IReadOnlyList<KeyValuePair<string, object>>> preset) =>
        $" Preset `{preset.Key}`: {(preset.Value.Count == 0 ? "the defaults" : string.Join(", ", preset.Value.Select(setting => $"{setting.Key}: {Text(setting.Value)}")))}.";

    static ReferenceKey Of(HyperParameter parameter) => new(parameter.Name, Values(parameter), Text(parameter.Default), parameter.Summary.TrimEnd('.') + Usual(parameter.Usual), null, null);

    static string Values(HyperParameter parameter) => parameter.Type switch
    {
        HyperParameterType.Flag => "true, false",
        HyperParameterType.Integer => "whole number" + Bounds(parameter, ", "),
        HyperParameterType.Number => "number" + Bounds(parameter, ", "),
        HyperParameterType.Text => parameter.Choices is { } choices ? string.Join(", ", choices) : "text",
        HyperParameterType.Integers => "list of whole numbers" + Bounds(parameter, ", each "),
        HyperParameterType.Numbers => "list of numbers" + Bounds(parameter, ", each "),
        _ => throw new InvalidOperationException($"type {parameter.Type}"),
    };

    static string Bounds(HyperParameter parameter, string before) => (double.IsFinite(parameter.Minimum), double.IsFinite(parameter.Maximum)) switch
    {
        (true, true) => $"{before}{Text(parameter.Minimum)} to {Text(parameter.Maximum)}",
        (true, false) => $"{before}at least {Text(parameter.Minimum)}",
        (false, true) => $"{before}at most {Text(parameter.Maximum)}",
        _ => "",
    };

    static string Usual(UsualSpace? space) => space is null ? "" : "; usually searched: "
        + (space.Kind == "choice" ? string.Join(", ", space.Choices.Select(Text)) : $"{space.Kind} {Text(space.Low)} to {Text(space.High)}, {space.Points} points");

    /// <summary>A setting's value as one would write it.</summary>
    public static string Text(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        string text => text.Length == 0 ? "\"\"" : text,
        IEnumerable list => $"[{string.Join(", ", list.Cast<object>().Select(Text))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"a setting cannot be a {value.GetType().Name}", nameof(value)),
    };
}

/// <summary>A key of the reference.</summary>
/// <param name="Name">The key.</param>
/// <param name="Values">Allowed values, in words.</param>
/// <param name="Default">What holds where it is missing.</param>
/// <param name="Summary">What it means.</param>
/// <param name="Example">A value as one would write it; null for settings, whose default shows it.</param>
/// <param name="Below">The section of the keys below it.</param>
public sealed record ReferenceKey(string Name, string Values, string Default, string Summary, string? Example, StudySection? Below);
