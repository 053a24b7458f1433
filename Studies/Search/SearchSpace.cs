using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

/// <summary>One searched dimension.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(IntDimension), "int")]
[JsonDerivedType(typeof(FloatDimension), "float")]
[JsonDerivedType(typeof(ChoiceDimension), "choice")]
public abstract record SearchDimension(string Name)
{
    /// <summary>Null: always drawn. Else drawn only where another dimension, listed before this one, was drawn as one of these values.</summary>
    public DrawCondition? When { get; init; }

    /// <summary>Whether this dimension is drawn beside what was drawn before it.</summary>
    public bool IsDrawn(IReadOnlyDictionary<string, ParameterValue> before) =>
        When is not { } when || (before.TryGetValue(when.Dimension, out var value) && when.Values.Contains(value));
}

/// <param name="Dimension">Name of a dimension listed before.</param>
/// <param name="Values">Its values with which the conditional dimension is drawn.</param>
public sealed record DrawCondition(string Dimension, ImmutableArray<ParameterValue> Values);

/// <summary>Whole numbers <c>Low, Low + Step, … ≤ High</c>.</summary>
public sealed record IntDimension(string Name, long Low, long High, long Step = 1) : SearchDimension(Name);

/// <summary>Real numbers in [<c>Low</c>, <c>High</c>), uniform, or uniform in the logarithm.</summary>
/// <param name="GridPoints">How many points the grid sampler takes, ends included; 0 forbids grids over this dimension.</param>
public sealed record FloatDimension(string Name, double Low, double High, bool Log = false, int GridPoints = 0) : SearchDimension(Name);

/// <summary>One of a list, without order.</summary>
public sealed record ChoiceDimension(string Name, ImmutableArray<ParameterValue> Values) : SearchDimension(Name);
