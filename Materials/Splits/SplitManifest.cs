using System.Globalization;
using System.Text;

namespace AtomSets.Materials;

/// <summary>
/// Which materials train, validate and test. Training ids stand in the order of one keyed permutation, so that <see cref="Take"/> gives nested
/// subsets; validation and test stay fixed over all sizes. The hash of the canonical text goes into trial keys.
/// </summary>
public sealed class SplitManifest
{
    const string Magic = "atomsets-split 1";

    /// <param name="dataSet">Name of the set that the ids belong to.</param>
    /// <param name="train">In the order of the permutation.</param>
    /// <param name="validation">Any order; kept sorted.</param>
    /// <param name="test">Any order; kept sorted.</param>
    /// <exception cref="InputException">An id stands in two parts or twice in one, or there is no training id.</exception>
    public SplitManifest(string dataSet, IReadOnlyList<string> train, IEnumerable<string> validation, IEnumerable<string> test)
    {
        if (train.Count == 0) throw new InputException($"the split of {dataSet} has no training rows");
        DataSet = dataSet;
        TrainIds = [.. train];
        ValidationIds = [.. validation.Order(StringComparer.Ordinal)];
        string[] testIds = [.. test.Order(StringComparer.Ordinal)];
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (part, ids) in ((string, IReadOnlyList<string>)[])[("train", TrainIds), ("validation", ValidationIds), ("test", testIds)])
            foreach (var id in ids)
            {
                if (id.AsSpan().ContainsAny('\n', '\r')) throw new InputException($"{dataSet}: the id '{id.ReplaceLineEndings("\\n")}' holds a line break");
                if (!parts.TryAdd(id, part)) throw new InputException($"{dataSet}: the id '{id}' is in {part} and in {parts[id]}; a row belongs to one part, once");
            }
        Hash = DataSetHashes.OfText(Canonical(testIds));
        Test = new TestIds(testIds, Hash);
    }

    public string DataSet { get; }

    /// <summary>In the order of the permutation: a prefix is a smaller training set.</summary>
    public IReadOnlyList<string> TrainIds { get; }

    /// <summary>Sorted.</summary>
    public IReadOnlyList<string> ValidationIds { get; }

    public TestIds Test { get; }

    /// <summary>SHA-256 of <see cref="ToText"/>, lower-case hex.</summary>
    public string Hash { get; }

    /// <summary>The same split with the first <paramref name="count"/> training ids: nested for growing counts.</summary>
    /// <exception cref="InputException">More than there are, or none.</exception>
    public SplitManifest Take(int count)
    {
        if (count == TrainIds.Count) return this;
        if (count < 1 || count > TrainIds.Count)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"a training set of {count} rows was asked of {DataSet}; sizes of 1 to {TrainIds.Count} are possible with this split"));
        return new SplitManifest(DataSet, [.. TrainIds.Take(count)], ValidationIds, Test.Ids);
    }

    /// <summary>The same rows with the training ids in the permutation of another seed, so that a prefix is another draw of a small training set.</summary>
    public SplitManifest WithTrainOrder(ulong seed) => new(DataSet, KeyedOrder.Shuffle(TrainIds, seed, "train"), ValidationIds, Test.Ids);

    /// <summary>Canonical text: a header, then one id per line under its part.</summary>
    public string ToText() => Canonical(Test.Ids);

    /// <summary>Reads <see cref="ToText"/>.</summary>
    /// <exception cref="InputException">Another format, or cut off.</exception>
    public static SplitManifest Parse(string text)
    {
        var lines = text.Split('\n');
        var at = 0;
        string Next() => at < lines.Length ? lines[at++] : throw new InputException("the split manifest is cut off");
        if (Next() != Magic) throw new InputException($"this is no split manifest: the first line must be '{Magic}'");
        string Header(string key) => Next() is var line && line.StartsWith(key + " ", StringComparison.Ordinal)
            ? line[(key.Length + 1)..]
            : throw new InputException($"split manifest, line {at.ToString(CultureInfo.InvariantCulture)}: '{key} …' is expected");
        string[] Part(string key)
        {
            if (!int.TryParse(Header(key), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > lines.Length)
                throw new InputException($"split manifest, line {at.ToString(CultureInfo.InvariantCulture)}: the number of {key} ids is wrong");
            var ids = new string[count];
            for (var i = 0; i < ids.Length; i++) ids[i] = Next();
            return ids;
        }
        var dataSet = Header("set");
        return new SplitManifest(dataSet, Part("train"), Part("validation"), Part("test"));
    }

    string Canonical(IReadOnlyList<string> test)
    {
        var text = new StringBuilder().Append(Magic).Append('\n').Append("set ").Append(DataSet).Append('\n');
        foreach (var (part, ids) in ((string, IReadOnlyList<string>)[])[("train", TrainIds), ("validation", ValidationIds), ("test", test)])
        {
            text.Append(part).Append(' ').Append(ids.Count.ToString(CultureInfo.InvariantCulture)).Append('\n');
            foreach (var id in ids) text.Append(id).Append('\n');
        }
        return text.ToString();
    }
}
