namespace AtomSets.Tensors.TorchSharp;

/// <summary>
/// Rows in groups, ready for sums on the device: made on the host once per batch from offsets (groups of consecutive rows) or from a row
/// index (rows that name the same source row). The sum of a group runs in a fixed order, so that it gives the same bits each time, which
/// additions to shared places (index_add on a GPU) do not. Long groups are summed in parts first: a GPU sums each part in one thread.
/// </summary>
sealed class Grouping : IDisposable
{
    /// <summary>Rows that are summed in one go.</summary>
    const int PartLength = 64;

    readonly List<Torch> _owned = [];
    readonly Torch _rows, _partOffsets;
    readonly Torch? _offsetsOfParts, _parts;
    readonly int[] _groupOfRow, _counts;
    readonly Transfers _transfers;
    readonly torch.Device _device;
    Torch? _groups, _lengths, _shares, _countOf;

    Grouping(int[] order, int[] offsets, int[] groupOfRow, torch.Device device, Transfers transfers)
    {
        (_device, _transfers, _groupOfRow) = (device, transfers, groupOfRow);
        Count = offsets.Length - 1;
        Rows = order.Length;
        _counts = new int[Count];
        var longest = 0;
        for (var g = 0; g < Count; g++) longest = Math.Max(longest, _counts[g] = offsets[g + 1] - offsets[g]);
        _rows = ToDevice(order);
        if (longest <= PartLength)
        {
            _partOffsets = ToDevice(offsets);
            return;
        }
        var (parts, ofParts) = Split(offsets);
        _partOffsets = ToDevice([.. parts]);
        _offsetsOfParts = ToDevice(ofParts);
        _parts = ToDevice([.. Enumerable.Range(0, parts.Count - 1)]);
    }

    public int Count { get; }

    public int Rows { get; }

    /// <summary>[Rows]: the group of each row.</summary>
    public Torch Groups => _groups ??= ToDevice(_groupOfRow);

    /// <summary>[Count]: rows of each group, whole numbers.</summary>
    public Torch Lengths => _lengths ??= ToDevice(_counts);

    /// <summary>[Count × 1]: rows of each group.</summary>
    public Torch Counts => _countOf ??= Own(Lengths.to_type(torch.ScalarType.Float32).unsqueeze(1));

    /// <summary>[Count × 1]: 1/rows of each group, 1 where there are none.</summary>
    public Torch Shares => _shares ??= Own(Counts.clamp_min(Number.One).reciprocal());

    /// <summary>Groups of consecutive rows.</summary>
    public static Grouping OfOffsets(ReadOnlySpan<int> offsets, torch.Device device, Transfers transfers)
    {
        var order = new int[offsets[^1]];
        var groups = new int[order.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        for (var g = 0; g + 1 < offsets.Length; g++) groups.AsSpan(offsets[g], offsets[g + 1] - offsets[g]).Fill(g);
        return new(order, offsets.ToArray(), groups, device, transfers);
    }

    /// <summary>Group s: the rows r with index[r] = s, in their order.</summary>
    public static Grouping OfIndex(ReadOnlySpan<int> index, int sourceRows, torch.Device device, Transfers transfers)
    {
        var offsets = new int[sourceRows + 1];
        foreach (var row in index) offsets[row + 1]++;
        for (var s = 0; s < sourceRows; s++) offsets[s + 1] += offsets[s];
        var next = offsets.AsSpan(0, sourceRows).ToArray();
        var order = new int[index.Length];
        for (var r = 0; r < index.Length; r++) order[next[index[r]]++] = r;
        return new(order, offsets, index.ToArray(), device, transfers);
    }

    /// <summary>Σ x over each group: [Rows × c] → [Count × c].</summary>
    public Torch Sum(Torch x)
    {
        if (Rows == 0 || Count == 0) return torch.zeros([Count, x.shape[1]], torch.ScalarType.Float32, _device);
        return Whole(Script.Of("group_sum", x, _rows, _partOffsets));
    }

    /// <summary>Σ w·x over each group, of consecutive rows: weights [Rows].</summary>
    public Torch WeightedSum(Torch x, Torch weights)
    {
        if (Rows == 0 || Count == 0) return torch.zeros([Count, x.shape[1]], torch.ScalarType.Float32, _device);
        return Whole(Script.Of("group_weighted_sum", x, _rows, _partOffsets, weights));
    }

    /// <summary>The maxima of consecutive rows and their first rows: [Count × c] each; of no use for empty groups.</summary>
    public (Torch Values, Torch Rows) Max(Torch x, Torch offsets) => Script.Two("group_max", x, _rows, offsets);

    public void Dispose()
    {
        foreach (var tensor in _owned) tensor.Dispose();
    }

    Torch Whole(Torch sums) => _offsetsOfParts is null ? sums : Script.Of("group_sum", sums, _parts!, _offsetsOfParts);

    /// <summary>Parts of at most <see cref="PartLength"/> rows, and which parts belong to which group.</summary>
    static (List<int> Parts, int[] OffsetsOfParts) Split(int[] offsets)
    {
        var parts = new List<int>();
        var ofParts = new int[offsets.Length];
        for (var g = 0; g + 1 < offsets.Length; g++)
        {
            for (var r = offsets[g]; r < offsets[g + 1]; r += PartLength) parts.Add(r);
            ofParts[g + 1] = parts.Count;
        }
        parts.Add(offsets[^1]);
        return (parts, ofParts);
    }

    Torch ToDevice(int[] numbers)
    {
        var tensor = Own(torch.empty([numbers.Length], torch.ScalarType.Int64, _device));
        _transfers.Upload(numbers, tensor);
        return tensor;
    }

    Torch Own(Torch tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}
