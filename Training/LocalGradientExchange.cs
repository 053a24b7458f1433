using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>All shards on one worker.</summary>
public sealed class LocalGradientExchange : IGradientExchange, IDisposable
{
    DeviceMemory? _sum;
    int _shards;
    double _loss;

    public void Begin(long step, int shards)
    {
        _shards = shards;
        _loss = 0;
    }

    public bool Computes(int shard) => true;

    public void Add(int shard, double share, double loss, ParameterSet parameters)
    {
        _loss += share * loss;
        if (_shards == 1) return;
        _sum ??= parameters.Kernels.Allocate(parameters.Layout.TotalLength);
        if (shard == 0) parameters.Kernels.Fill(_sum.Span, 0);
        parameters.Kernels.AddScaled(share, parameters.Gradients, _sum.Span);
    }

    public double Complete(ParameterSet parameters)
    {
        if (_shards > 1) parameters.Kernels.Copy(_sum!.Span, parameters.Gradients);
        return _loss;
    }

    public void Dispose() => _sum?.Dispose();
}
