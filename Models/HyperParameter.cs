using AtomSets.Materials;

namespace AtomSets.Models;

/// <summary>The type of a setting's value.</summary>
public enum HyperParameterType
{
    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A whole number (<see cref="long"/>).</summary>
    Integer,

    /// <summary>A finite number (<see cref="double"/>).</summary>
    Number,

    /// <summary>Text, where <see cref="HyperParameter.Choices"/> is given one of those.</summary>
    Text,

    /// <summary>A list of whole numbers (<c>long[]</c>), such as layer widths.</summary>
    Integers,

    /// <summary>A list of finite numbers (<c>double[]</c>), such as probabilities.</summary>
    Numbers,
}

/// <summary>One setting of a model family.</summary>
/// <param name="Name">Key in study and model files, snake_case with the unit where there is one (<c>cutoff_angstrom</c>).</param>
/// <param name="Type">Type of the value.</param>
/// <param name="Default">Value when the user gives none: bool, long, double, string, long[] or double[].</param>
/// <param name="Summary">One sentence for the user.</param>
public sealed record HyperParameter(string Name, HyperParameterType Type, object Default, string Summary)
{
    /// <summary>Smallest allowed value (of each element for a list).</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>Largest allowed value (of each element for a list).</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;

    /// <summary>The allowed texts, or null for any.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>At its default the setting does not appear in trial specs, fingerprints and files. For settings that came later: what was
    /// computed before them keeps its keys.</summary>
    public bool IsUnwrittenAtDefault { get; init; }

    /// <summary>Where <c>space: usual</c> of a study file searches it; null: nowhere.</summary>
    public UsualSpace? Usual { get; init; }

    /// <summary>Whether a value in canonical type is the default.</summary>
    public bool IsDefault(object value) =>
        (value, Default) switch
        {
            (long[] list, long[] usual) => list.AsSpan().SequenceEqual(usual),
            (double[] list, double[] usual) => list.AsSpan().SequenceEqual(usual),
            _ => value.Equals(Default),
        };

    /// <summary>Checks a value given by a user (or a sampler) and brings it to the canonical type.</summary>
    /// <exception cref="ModelException">Wrong type, or outside the range or choices.</exception>
    public object Normalise(string kind, object? value)
    {
        var place = $"{kind}.{Name}";
        object? result = Type switch
        {
            HyperParameterType.Flag => value is bool ? value : null,
            HyperParameterType.Integer => AsInteger(value) is { } whole ? InRange(place, whole) : null,
            HyperParameterType.Number => AsNumber(value) is { } number ? InRange(place, number) : null,
            HyperParameterType.Text => value as string is { } text ? InChoices(place, text) : null,
            HyperParameterType.Integers => AsIntegers(place, value),
            HyperParameterType.Numbers => AsNumbers(place, value),
            _ => throw new InvalidOperationException($"type {Type}"),
        };
        return result ?? throw new ModelException($"{place} = {Show(value)} is not {TypeText}; the default is {Show(Default)}");
    }

    string TypeText => Type switch
    {
        HyperParameterType.Flag => "true or false",
        HyperParameterType.Integer => "a whole number",
        HyperParameterType.Number => "a finite number",
        HyperParameterType.Text => "a text",
        HyperParameterType.Numbers => "a list of finite numbers",
        _ => "a list of whole numbers",
    };

    object? AsIntegers(string place, object? value)
    {
        if (value is string || value is not System.Collections.IEnumerable items) return null;
        var result = new List<long>();
        foreach (var item in items)
        {
            if (AsInteger(item) is not { } whole) return null;
            InRange(place, whole);
            result.Add(whole);
        }
        return result.ToArray();
    }

    object? AsNumbers(string place, object? value)
    {
        if (value is string || value is not System.Collections.IEnumerable items) return null;
        var result = new List<double>();
        foreach (var item in items)
        {
            if (AsNumber(item) is not { } number) return null;
            InRange(place, number);
            result.Add(number);
        }
        return result.ToArray();
    }

    object InRange(string place, double value)
    {
        if (value < Minimum || value > Maximum)
            throw new ModelException(FormattableString.Invariant($"{place} = {value} is outside {Minimum} … {Maximum}"));
        return Type is HyperParameterType.Number or HyperParameterType.Numbers ? value : (object)(long)value;
    }

    string InChoices(string place, string value) =>
        Choices is null || Choices.Contains(value)
            ? value
            : throw new ModelException($"{place} = '{value}' is unknown; {NearestName.Advice(value, Choices)}");

    static long? AsInteger(object? value) => value switch
    {
        int whole => whole,
        long whole => whole,
        double number when Math.Abs(number) < 1e15 && Math.Floor(number) == number => (long)number,
        _ => null,
    };

    static double? AsNumber(object? value) => value switch
    {
        int whole => whole,
        long whole => whole,
        double number when double.IsFinite(number) => number,
        _ => null,
    };

    static string Show(object? value) => value switch
    {
        null => "nothing",
        string text => $"'{text}'",
        bool flag => flag ? "true" : "false",
        System.Collections.IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Show))}]",
        IFormattable formattable => formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.GetType().Name,
    };
}
