using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

/// <summary>Something that resolving the study found and counted, to be shown with its results: rows removed as leakage, rows refused, …</summary>
/// <param name="Kind">A stable word, such as <c>leakage</c> or <c>refused-rows</c>.</param>
/// <param name="Count">The number of rows (or other things) meant.</param>
/// <param name="Text">The full sentence.</param>
public sealed record CountedFact(string Kind, long Count, string Text);

/// <summary>
/// A study as the machines see it: immutable, complete and serialisable; the file it came from is no longer needed. Made by a resolver.
/// </summary>
public sealed record ResolvedStudy
{
    /// <summary>Unique in a database: 1 to 100 characters of <c>a-z A-Z 0-9 . _ -</c>, beginning with a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>Keys all draws of the study.</summary>
    public required ulong Seed { get; init; }

    /// <summary>In plan order: equal claims on a worker are served in this order, and ties in selection go to the earlier.</summary>
    public required ImmutableArray<PlanNode> Nodes { get; init; }

    /// <summary>Between studies: higher first. Null: as it stands, 0 for a new study (<see cref="StudyState.Priority"/>).</summary>
    public int? Priority { get; init; }

    /// <summary>How far draws of a learning sampler run ahead of the results it uses.</summary>
    public int Lookahead { get; init; } = 16;

    /// <summary>How often a trial is tried in all when it fails for a reason that may pass.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>
    /// Once its trained trials, whoever computed them, have taken so many hours of workers, no further training begins: what has begun goes on to its end, also over
    /// the rungs of a search. Null: no limit.
    /// </summary>
    public double? CoreHours { get; init; }

    /// <summary>For people.</summary>
    public string Description { get; init; } = "";

    /// <summary>The file's text as it was submitted, so that any result can be traced to it.</summary>
    public string Source { get; init; } = "";

    public ImmutableArray<CountedFact> Facts { get; init; } = [];

    /// <summary>SHA-256 of what decides the work (nodes, seed, lookahead): 64 hexadecimal digits. Text for people does not count.</summary>
    [JsonIgnore]
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(
        JsonSerializer.Serialize(this with { Description = "", Source = "", Facts = [], Priority = null, MaxAttempts = 0 }, StudyJson.Options)))));

    public string ToJson() => JsonSerializer.Serialize(this, StudyJson.Options);

    /// <exception cref="StudyInputException">Not the JSON of a study.</exception>
    public static ResolvedStudy FromJson(string json) => StudyJson.Read<ResolvedStudy>(json, "a stored study");
}
