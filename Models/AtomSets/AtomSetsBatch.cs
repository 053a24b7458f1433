namespace AtomSets.Models.AtomSets;

/// <summary>Sets of weighted rows, concatenated: feature rows, or atomic numbers for a learned table.</summary>
public sealed class AtomSetsBatch : IBatch
{
    Buffer<float> _features, _weights, _powers;
    Buffer<int> _atomicNumbers, _offsets;

    public AtomSetsBatch() => Clear();

    /// <inheritdoc/>
    public int Count => _offsets.Count - 1;

    /// <summary>Rows of all materials, R.</summary>
    public int Rows => _offsets.Span[^1];

    /// <summary>Feature rows [R × width]; empty for a learned table.</summary>
    public ReadOnlySpan<float> Features => _features.Span;

    /// <summary>Atomic number of each row [R]; empty for features.</summary>
    public ReadOnlySpan<int> AtomicNumbers => _atomicNumbers.Span;

    /// <summary>Weight of each row [R], above 0.</summary>
    public ReadOnlySpan<float> Weights => _weights.Span;

    /// <summary>First row of each material, and the number of rows [Count + 1].</summary>
    public ReadOnlySpan<int> Offsets => _offsets.Span;

    /// <summary>Empties the batch and keeps its memory.</summary>
    public void Clear()
    {
        _features.Clear();
        _weights.Clear();
        _atomicNumbers.Clear();
        _offsets.Clear();
        _offsets.Extend(1)[0] = 0;
    }

    /// <summary>The weights to the power α [R].</summary>
    internal ReadOnlySpan<float> WeightPowers(double alpha)
    {
        _powers.Clear();
        var powers = _powers.Extend(Rows);
        for (var r = 0; r < powers.Length; r++) powers[r] = (float)Math.Pow(_weights.Span[r], alpha);
        return powers;
    }

    /// <summary>Appends a material of feature rows; returns the place for its [rows × width] values.</summary>
    internal Span<float> AddFeatures(int rows, int width, ReadOnlySpan<float> weights)
    {
        Append(rows, weights);
        return _features.Extend(rows * width);
    }

    /// <summary>Appends a material of atomic numbers.</summary>
    internal void AddAtoms(ReadOnlySpan<int> atomicNumbers, ReadOnlySpan<float> weights)
    {
        Append(atomicNumbers.Length, weights);
        atomicNumbers.CopyTo(_atomicNumbers.Extend(atomicNumbers.Length));
    }

    /// <summary>Without weights every row weighs 1.</summary>
    void Append(int rows, ReadOnlySpan<float> weights)
    {
        var place = _weights.Extend(rows);
        if (weights.IsEmpty) place.Fill(1);
        else weights.CopyTo(place);
        var end = Rows + rows;
        _offsets.Extend(1)[0] = end;
    }
}
