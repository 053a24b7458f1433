using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>
/// Adds shards' gradients, clips, and updates the parameters, each worker on its own part of the flat buffers. Sums run over shards in order and norms
/// over fixed blocks in order, so that no bit depends on the number of workers.
/// </summary>
sealed class ShardedUpdate : IDisposable
{
    /// <summary>A block of each of sum and two gradients together stay in a core's first cache; also the length over which the kernels sum squares.</summary>
    const int BlockLength = 4096;

    readonly ParameterSet _parameters;
    readonly TrainSettings _settings;
    readonly IOptimizer _optimizer;
    readonly WorkerTeam _team;
    readonly IReadOnlyList<ShardWorker> _workers;
    readonly List<(int Offset, int Length)> _blocks = [];
    readonly double[] _squares;
    readonly int[] _firstBlock;
    readonly ParameterSet[] _parts;
    readonly Action<int> _add, _apply;
    readonly double[] _shares;
    int _adding;
    bool _isFirst;
    double _scale;

    public ShardedUpdate(ParameterSet parameters, TrainSettings settings, IOptimizer optimizer, WorkerTeam team, IReadOnlyList<ShardWorker> workers)
    {
        (_parameters, _settings, _optimizer, _team, _workers) = (parameters, settings, optimizer, team, workers);
        foreach (var (offset, length) in parameters.TrainableRanges)
        {
            for (var start = 0; start < length; start += BlockLength) _blocks.Add((offset + start, Math.Min(BlockLength, length - start)));
        }
        _squares = new double[_blocks.Count];
        _shares = new double[team.Count];
        _firstBlock = [.. Enumerable.Range(0, team.Count + 1).Select(worker => (int)((long)_blocks.Count * worker / team.Count))];
        _parts = new ParameterSet[team.Count];
        for (var worker = 0; worker < team.Count; worker++)
        {
            var start = Start(worker);
            _parts[worker] = parameters.Part(workers[worker].Parameters.Kernels, start, Start(worker + 1) - start);
        }
        (_add, _apply) = (AddPart, ApplyPart);
    }

    /// <summary>Adds share · gradient of the first <paramref name="count"/> workers, in their order, to the sum.</summary>
    /// <param name="shares">Of each.</param>
    /// <param name="count">Workers that have computed a shard.</param>
    /// <param name="isFirst">Whether the sum begins with these.</param>
    public void Add(ReadOnlySpan<double> shares, int count, bool isFirst)
    {
        shares[..count].CopyTo(_shares);
        (_adding, _isFirst) = (count, isFirst);
        _team.Run(_add);
    }

    /// <summary>Takes a sum that lies in the parameters' gradients already.</summary>
    public void TakeSum() => Add([], 0, isFirst: false);

    /// <summary>Clips the sum and takes the optimiser's step.</summary>
    /// <returns>The norm before clipping, 0 where the settings ask for none; when it is not finite nothing was applied.</returns>
    public double Apply(double learningRate)
    {
        var norm = _settings.Clip switch
        {
            ClipKind.Global => GlobalNorm(),
            ClipKind.PerTensor => GradientClipping.ByTensorNorm(_parameters, _settings.ClipNorm),
            _ => 0,
        };
        if (!double.IsFinite(norm)) return norm;
        _scale = _settings.Clip == ClipKind.Global && norm > _settings.ClipNorm ? _settings.ClipNorm / norm : 1;
        _optimizer.LearningRate = learningRate;
        _team.Run(_apply);
        _parameters.Steps = _parts[0].Steps;
        return norm;
    }

    public void Dispose()
    {
        foreach (var part in _parts) part.Dispose();
    }

    int Start(int worker) => _firstBlock[worker] == _blocks.Count ? _parameters.Layout.TotalLength : _blocks[_firstBlock[worker]].Offset;

    void AddPart(int worker)
    {
        var kernels = _workers[worker].Parameters.Kernels;
        for (var block = _firstBlock[worker]; block < _firstBlock[worker + 1]; block++)
        {
            var (offset, length) = _blocks[block];
            var sum = _parameters.Gradients.Slice(offset, length);
            if (_isFirst) kernels.Fill(sum, 0);
            for (var i = 0; i < _adding; i++) kernels.AddScaled(_shares[i], _workers[i].Parameters.Gradients.Slice(offset, length), sum);
            // While the block is in the cache; the last call's squares are those of the whole sum.
            if (_settings.Clip == ClipKind.Global) _squares[block] = kernels.SumOfSquares(sum);
        }
    }

    double GlobalNorm()
    {
        double sum = 0;
        foreach (var squares in _squares) sum += squares;
        return Math.Sqrt(sum);
    }

    void ApplyPart(int worker)
    {
        var part = _parts[worker];
        if (_scale != 1)
        {
            var ranges = part.TrainableRanges;
            for (var i = 0; i < ranges.Count; i++) part.Kernels.Scale(part.Gradients.Slice(ranges[i].Offset, ranges[i].Length), _scale);
        }
        part.Steps = _parameters.Steps;
        _optimizer.Step(part);
    }
}
