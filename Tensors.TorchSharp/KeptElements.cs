namespace AtomSets.Tensors.TorchSharp;

/// <summary>The factors of a dropout: 0, or 1/(1 − rate), of elements 0 … Length − 1 of a keyed stream.</summary>
readonly record struct KeptElements(ulong Key, double Rate, int Length)
{
    public void Write(Span<float> to)
    {
        var random = new KeyedRandom(Key);
        var scale = (float)(1 / (1 - Rate));
        for (var i = 0; i < to.Length; i++) to[i] = random.Uniform((ulong)i) < Rate ? 0 : scale;
    }
}
