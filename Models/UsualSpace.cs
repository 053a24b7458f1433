namespace AtomSets.Models;

/// <summary>Where a setting is usually searched: a small space that most data sets are served with.</summary>
/// <param name="Kind"><c>choice</c>, <c>int</c>, <c>float</c> or <c>log</c>, as in study files.</param>
/// <param name="Low">Least value; of a choice 0.</param>
/// <param name="High">Largest value; of a choice 0.</param>
/// <param name="Points">Points of a grid over <c>float</c> and <c>log</c>.</param>
/// <param name="Choices">Values of a choice, in canonical type.</param>
public sealed record UsualSpace(string Kind, double Low, double High, int Points, IReadOnlyList<object> Choices)
{
    /// <summary>One of these.</summary>
    public static UsualSpace Choice(params object[] choices) => new("choice", 0, 0, 0, choices);

    /// <summary>Evenly between the logarithms of two bounds.</summary>
    public static UsualSpace Log(double low, double high, int points) => new("log", low, high, points, []);
}
