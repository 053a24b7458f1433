using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Core.Tests.Training;

/// <summary>Half of the shards come from elsewhere: their gradients were recorded by a worker that computed all of them. Sums in shard order, as every
/// exchange must.</summary>
sealed class TwoWorkers : IGradientExchange, IDisposable
{
    readonly Dictionary<(long Step, int Shard), (double[] Gradient, double Share, double Loss)> _remote = [];
    readonly (double[] Gradient, double Share, double Loss)[] _local = new (double[], double, double)[64];
    readonly DeviceMemory _scratch, _sum;
    long _step;
    double[] _shares = [];

    public TwoWorkers(ToyTask task)
    {
        using var other = new ToyTask(task.Inputs.Settings, ToyModel.Make(dropout: task.Model.Spec.Number("dropout")));
        var recorder = new Recorder(this);
        other.Run(new TrainOptions { Exchange = recorder });
        _scratch = task.Parameters.Kernels.Allocate(task.Model.Parameters.TotalLength);
        _sum = task.Parameters.Kernels.Allocate(task.Model.Parameters.TotalLength);
    }

    public int Received { get; private set; }

    public void Begin(long step, ReadOnlySpan<double> shares) => (_step, _shares) = (step, shares.ToArray());

    public bool Computes(int shard) => shard % 2 == 0;

    public void Add(int shard, double loss, ParameterSet parameters)
    {
        var gradient = new double[parameters.Layout.TotalLength];
        parameters.Kernels.Download(parameters.Gradients, gradient);
        _local[shard] = (gradient, _shares[shard], loss);
    }

    public double Complete(ParameterSet parameters)
    {
        double total = 0;
        parameters.Kernels.Fill(_sum.Span, 0);
        for (var shard = 0; shard < _shares.Length; shard++)
        {
            var (gradient, share, loss) = Computes(shard) ? _local[shard] : _remote[(_step, shard)];
            if (!Computes(shard)) Received++;
            parameters.Kernels.Upload(gradient, _scratch.Span);
            parameters.Kernels.AddScaled(share, _scratch.Span, _sum.Span);
            total += share * loss;
        }
        parameters.Kernels.Copy(_sum.Span, parameters.Gradients);
        return total;
    }

    public bool Predicts(int batch) => true;

    public void Gather(Span<double> predictions, int batchSize)
    {
        // All are predicted here.
    }

    public void Dispose()
    {
        _scratch.Dispose();
        _sum.Dispose();
    }

    /// <summary>Computes all shards and keeps each one's gradient.</summary>
    sealed class Recorder(TwoWorkers owner) : IGradientExchange
    {
        long _step;
        double _loss;
        double[] _sum = [], _shares = [];

        public void Begin(long step, ReadOnlySpan<double> shares) => (_step, _loss, _sum, _shares) = (step, 0, [], shares.ToArray());

        public bool Computes(int shard) => true;

        public void Add(int shard, double loss, ParameterSet parameters)
        {
            var gradient = new double[parameters.Layout.TotalLength];
            parameters.Kernels.Download(parameters.Gradients, gradient);
            var share = _shares[shard];
            owner._remote[(_step, shard)] = (gradient, share, loss);
            if (shard == 0) _sum = new double[gradient.Length];
            for (var i = 0; i < gradient.Length; i++) _sum[i] += share * gradient[i];
            _loss += share * loss;
        }

        public double Complete(ParameterSet parameters)
        {
            parameters.Kernels.Upload(_sum, parameters.Gradients);
            return _loss;
        }

        public bool Predicts(int batch) => true;

        public void Gather(Span<double> predictions, int batchSize)
        {
            // All are predicted here.
        }
    }
}
