using System.Runtime.InteropServices;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>
/// Averages gradients over the processes of a gang: each gathers all shards of its part of the parameters, adds them in shard order (reduce-scatter),
/// and sends the sum to the others (all-gather). Float32, whatever the kernels compute in.
/// </summary>
/// <remarks>
/// With N parameters, M processes and k shards in each, a process sends k·N·(M − 1)/M numbers and then N·(M − 1)/M. Parts of both stages are under way at
/// once: a part's sum leaves while later parts still arrive.
/// </remarks>
sealed class GangExchange : IGradientExchange, IDisposable
{
    /// <summary>Numbers of a message and shard: a message of one shard stays below the size from which the runtime collects arrays with the oldest.</summary>
    public const int PartLength = 20_480;

    readonly IGangLink _link;
    readonly CancellationToken _cancellation;
    readonly GangRoster _roster;
    readonly IKernels _kernels;
    readonly GangParts _parts;
    readonly DeviceMemory _own; // this process's shards of its own part
    readonly DeviceMemory _received;
    readonly byte[][][] _outgoing; // [process][part]
    double[] _shares = [], _losses = [];
    long _step;
    int _first, _count; // this process's shards

    /// <param name="link">To the others.</param>
    /// <param name="roster">Who takes part.</param>
    /// <param name="parameters">That are trained; frozen ones are not sent.</param>
    /// <param name="shards">Logical shards of a full batch.</param>
    /// <param name="cancellation">Ends every wait.</param>
    public GangExchange(IGangLink link, GangRoster roster, ParameterSet parameters, int shards, CancellationToken cancellation)
    {
        (_link, _roster, _cancellation, _kernels) = (link, roster, cancellation, parameters.Kernels);
        _parts = new GangParts(parameters.TrainableRanges, roster.Members.Length, PartLength, _kernels.Alignment);
        var longest = _parts.LengthOf(roster.Rank);
        _own = _kernels.Allocate((long)longest * Math.Max(1, roster.MostShards(shards)));
        _received = _kernels.Allocate(PartLength);
        _outgoing = [.. Enumerable.Range(0, roster.Members.Length).Select(rank => new byte[_parts.CountOf(rank)][])];
    }

    public void Begin(long step, ReadOnlySpan<double> shares)
    {
        _step = step;
        if (_shares.Length != shares.Length) (_shares, _losses) = (new double[shares.Length], new double[shares.Length]);
        shares.CopyTo(_shares);
        (_first, _count) = _roster.ShardsOf(_roster.Rank, shares.Length);
        for (var rank = 0; rank < _outgoing.Length; rank++)
        {
            if (rank == _roster.Rank || _count == 0) continue;
            // Losses first, then the numbers shard by shard. New each time: the messages may still be on their way.
            for (var part = 0; part < _outgoing[rank].Length; part++)
                _outgoing[rank][part] = GC.AllocateUninitializedArray<byte>(_count * (sizeof(double) + sizeof(float) * _parts.LengthOf(rank, part)));
        }
    }

    public bool Computes(int shard) => shard >= _first && shard < _first + _count;

    public void Add(int shard, double loss, ParameterSet parameters)
    {
        var place = shard - _first;
        _losses[shard] = loss;
        for (var rank = 0; rank < _outgoing.Length; rank++)
        {
            for (var part = 0; part < _parts.CountOf(rank); part++)
            {
                var at = 0;
                var length = _parts.LengthOf(rank, part);
                if (rank == _roster.Rank)
                {
                    foreach (var (offset, count) in _parts.Ranges(rank, part))
                    {
                        _kernels.Copy(parameters.Gradients.Slice(offset, count), Own(place, part, at, count));
                        at += count;
                    }
                    continue;
                }
                var payload = _outgoing[rank][part].AsSpan();
                BitConverter.TryWriteBytes(payload[(sizeof(double) * place)..], loss);
                var numbers = MemoryMarshal.Cast<byte, float>(payload[(sizeof(double) * _count)..]).Slice(place * length, length);
                foreach (var (offset, count) in _parts.Ranges(rank, part))
                {
                    parameters.Kernels.Download(parameters.Gradients.Slice(offset, count), numbers.Slice(at, count));
                    at += count;
                }
            }
        }
    }

    public double Complete(ParameterSet parameters)
    {
        SendShards();
        for (var part = 0; part < _parts.CountOf(_roster.Rank); part++) AddUp(part, parameters);
        for (var i = 1; i < _roster.Members.Length; i++)
        {
            var rank = (_roster.Rank + i) % _roster.Members.Length;
            for (var part = 0; part < _parts.CountOf(rank); part++) TakeSum(rank, part, parameters);
        }
        double total = 0;
        for (var shard = 0; shard < _shares.Length; shard++) total += _shares[shard] * _losses[shard];
        return total;
    }

    public bool Predicts(int batch) => _roster.RankOfBatch(batch) == _roster.Rank;

    public void Gather(Span<double> predictions, int batchSize)
    {
        var place = new GangPlace(_step, GangStage.Predictions);
        var own = new List<byte>();
        for (var (batch, start) = (0, 0); start < predictions.Length; batch++, start += batchSize)
        {
            if (Predicts(batch)) own.AddRange(MemoryMarshal.AsBytes(predictions.Slice(start, Math.Min(batchSize, predictions.Length - start))));
        }
        var payload = own.ToArray();
        foreach (var rank in _roster.Others) _link.Send(_roster.Members[rank], place, payload);
        foreach (var rank in _roster.Others)
        {
            var received = MemoryMarshal.Cast<byte, double>(_link.Receive(_roster.Members[rank], place, _cancellation));
            var at = 0;
            for (var (batch, start) = (0, 0); start < predictions.Length; batch++, start += batchSize)
            {
                if (_roster.RankOfBatch(batch) != rank) continue;
                var count = Math.Min(batchSize, predictions.Length - start);
                received.Slice(at, count).CopyTo(predictions[start..]);
                at += count;
            }
        }
    }

    public void Dispose()
    {
        _own.Dispose();
        _received.Dispose();
    }

    void SendShards()
    {
        if (_count == 0) return;
        // Part by part and to each process in turn, so that all can begin to add.
        var most = _outgoing.Max(parts => parts.Length);
        for (var part = 0; part < most; part++)
        {
            for (var i = 1; i < _outgoing.Length; i++)
            {
                var rank = (_roster.Rank + i) % _outgoing.Length;
                if (part < _outgoing[rank].Length) _link.Send(_roster.Members[rank], new GangPlace(_step, GangStage.Shards, part), _outgoing[rank][part]);
            }
        }
    }

    /// <summary>Adds all shards of a part of this process's own, in order, and sends the sum.</summary>
    void AddUp(int part, ParameterSet parameters)
    {
        var length = _parts.LengthOf(_roster.Rank, part);
        foreach (var (offset, count) in _parts.Ranges(_roster.Rank, part)) _kernels.Fill(parameters.Gradients.Slice(offset, count), 0);
        for (var rank = 0; rank < _roster.Members.Length; rank++)
        {
            var (first, shards) = _roster.ShardsOf(rank, _shares.Length);
            if (shards == 0) continue;
            var payload = rank == _roster.Rank ? default : _link.Receive(_roster.Members[rank], new GangPlace(_step, GangStage.Shards, part), _cancellation).AsSpan();
            for (var i = 0; i < shards; i++)
            {
                if (rank != _roster.Rank)
                {
                    _losses[first + i] = BitConverter.ToDouble(payload[(sizeof(double) * i)..]);
                    _kernels.Upload(MemoryMarshal.Cast<byte, float>(payload[(sizeof(double) * shards)..]).Slice(i * length, length), _received.Span.Slice(0, length));
                }
                var at = 0;
                foreach (var (offset, count) in _parts.Ranges(_roster.Rank, part))
                {
                    var shard = rank == _roster.Rank ? Own(i, part, at, count) : _received.Span.Slice(at, count);
                    _kernels.AddScaled(_shares[first + i], shard, parameters.Gradients.Slice(offset, count));
                    at += count;
                }
            }
        }
        if (_roster.Members.Length == 1) return;
        var sum = GC.AllocateUninitializedArray<byte>(sizeof(float) * length);
        var written = 0;
        foreach (var (offset, count) in _parts.Ranges(_roster.Rank, part))
        {
            _kernels.Download(parameters.Gradients.Slice(offset, count), MemoryMarshal.Cast<byte, float>(sum.AsSpan()).Slice(written, count));
            written += count;
        }
        foreach (var rank in _roster.Others) _link.Send(_roster.Members[rank], new GangPlace(_step, GangStage.Sum, part), sum);
    }

    void TakeSum(int rank, int part, ParameterSet parameters)
    {
        var sum = MemoryMarshal.Cast<byte, float>(_link.Receive(_roster.Members[rank], new GangPlace(_step, GangStage.Sum, part), _cancellation).AsSpan());
        var at = 0;
        foreach (var (offset, count) in _parts.Ranges(rank, part))
        {
            _kernels.Upload(sum.Slice(at, count), parameters.Gradients.Slice(offset, count));
            at += count;
        }
    }

    DeviceSpan Own(int place, int part, int start, int count)
    {
        var from = _parts.StartOf(_roster.Rank, part) - _parts.StartOf(_roster.Rank, 0);
        return _own.Span.Slice(place * _parts.LengthOf(_roster.Rank) + from + start, count);
    }
}
