using System.Runtime.InteropServices;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>
/// Averages gradients over the processes of a gang: each gathers all shards of its part of the parameters, adds them in shard order (reduce-scatter),
/// and sends the sum to the others (all-gather). Where little is sent, each gathers all shards of everything and adds them itself. Float32, whatever the
/// kernels compute in.
/// </summary>
/// <remarks>
/// With N parameters, M processes and k shards in each, a process sends k·N·(M − 1)/M numbers and then N·(M − 1)/M. Parts of both stages are under way at
/// once: a part's sum leaves while later parts still arrive. At once it sends k·N·(M − 1) numbers and waits for one message's way in place of two. Every
/// number is the sum of the same numbers in the same order either way.
/// </remarks>
sealed class GangExchange : IGradientExchange, IDisposable
{
    /// <summary>Numbers of a message and shard: a message of one shard stays below the size from which the runtime collects arrays with the oldest.</summary>
    public const int PartLength = 20_480;

    /// <summary>Bytes up to which a process sends all of its shards at once: below, a message's way counts more than its length.</summary>
    const long FewBytes = 1 << 20;

    readonly IGangLink _link;
    readonly CancellationToken _cancellation;
    readonly GangRoster _roster;
    readonly IKernels _kernels;
    readonly GangParts _parts;
    readonly bool _isAtOnce; // everything is every process's own
    readonly int _self; // whose parts this process adds up
    readonly DeviceMemory _own; // this process's shards of its own part
    readonly DeviceMemory _received;
    readonly byte[][][] _outgoing; // [owner][part]
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
        _isAtOnce = IsAtOnce(parameters, roster, shards);
        _self = _isAtOnce ? 0 : roster.Rank;
        var owners = _isAtOnce ? 1 : roster.Members.Length;
        _parts = new GangParts(parameters.TrainableRanges, owners, PartLength, _kernels.Alignment);
        _own = _kernels.Allocate((long)_parts.LengthOf(_self) * Math.Max(1, roster.MostShards(shards)));
        _received = _kernels.Allocate(PartLength);
        _outgoing = [.. Enumerable.Range(0, owners).Select(owner => new byte[_parts.CountOf(owner)][])];
    }

    public void Begin(long step, ReadOnlySpan<double> shares)
    {
        _step = step;
        if (_shares.Length != shares.Length) (_shares, _losses) = (new double[shares.Length], new double[shares.Length]);
        shares.CopyTo(_shares);
        (_first, _count) = _roster.ShardsOf(_roster.Rank, shares.Length);
        for (var owner = 0; owner < _outgoing.Length; owner++)
        {
            if (!IsSent(owner) || _count == 0) continue;
            // Losses first, then the numbers shard by shard. New each time: the messages may still be on their way.
            for (var part = 0; part < _outgoing[owner].Length; part++)
                _outgoing[owner][part] = GC.AllocateUninitializedArray<byte>(_count * (sizeof(double) + sizeof(float) * _parts.LengthOf(owner, part)));
        }
    }

    public bool Computes(int shard) => shard >= _first && shard < _first + _count;

    public void Add(int shard, double loss, ParameterSet parameters)
    {
        var place = shard - _first;
        _losses[shard] = loss;
        for (var owner = 0; owner < _outgoing.Length; owner++)
        {
            for (var part = 0; part < _parts.CountOf(owner); part++)
            {
                if (owner == _self) Keep(place, part, parameters);
                if (IsSent(owner)) Write(place, owner, part, loss, parameters);
            }
        }
    }

    public double Complete(ParameterSet parameters)
    {
        SendShards();
        for (var part = 0; part < _parts.CountOf(_self); part++) AddUp(part, parameters);
        if (!_isAtOnce)
        {
            foreach (var rank in _roster.Others)
            {
                for (var part = 0; part < _parts.CountOf(rank); part++) TakeSum(rank, part, parameters);
            }
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
            var expected = 0;
            for (var (batch, start) = (0, 0); start < predictions.Length; batch++, start += batchSize)
            {
                if (_roster.RankOfBatch(batch) == rank) expected += Math.Min(batchSize, predictions.Length - start);
            }
            var received = MemoryMarshal.Cast<byte, double>(Receive(rank, place, (long)sizeof(double) * expected));
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

    /// <summary>Whether the numbers of an owner's parts leave this process.</summary>
    bool IsSent(int owner) => _isAtOnce || owner != _self;

    /// <summary>Keeps a shard's numbers of an own part.</summary>
    void Keep(int place, int part, ParameterSet parameters)
    {
        var at = 0;
        foreach (var (offset, count) in _parts.Ranges(_self, part))
        {
            _kernels.Copy(parameters.Gradients.Slice(offset, count), Own(place, part, at, count));
            at += count;
        }
    }

    /// <summary>Writes a shard's loss and numbers of a part into the message that carries it.</summary>
    void Write(int place, int owner, int part, double loss, ParameterSet parameters)
    {
        var payload = _outgoing[owner][part].AsSpan();
        BitConverter.TryWriteBytes(payload[(sizeof(double) * place)..], loss);
        var length = _parts.LengthOf(owner, part);
        var numbers = MemoryMarshal.Cast<byte, float>(payload[(sizeof(double) * _count)..]).Slice(place * length, length);
        var at = 0;
        foreach (var (offset, count) in _parts.Ranges(owner, part))
        {
            parameters.Kernels.Download(parameters.Gradients.Slice(offset, count), numbers.Slice(at, count));
            at += count;
        }
    }

    void SendShards()
    {
        if (_count == 0) return;
        // Part by part and to each process in turn, so that all can begin to add.
        var most = _outgoing.Max(parts => parts.Length);
        for (var part = 0; part < most; part++)
        {
            foreach (var rank in _roster.Others)
            {
                var parts = _outgoing[_isAtOnce ? 0 : rank];
                if (part < parts.Length) _link.Send(_roster.Members[rank], new GangPlace(_step, GangStage.Shards, part), parts[part]);
            }
        }
    }

    /// <summary>Adds all shards of an own part, in order, and sends the sum to those who have not added it themselves.</summary>
    void AddUp(int part, ParameterSet parameters)
    {
        var length = _parts.LengthOf(_self, part);
        foreach (var (offset, count) in _parts.Ranges(_self, part)) _kernels.Fill(parameters.Gradients.Slice(offset, count), 0);
        for (var rank = 0; rank < _roster.Members.Length; rank++)
        {
            var (first, shards) = _roster.ShardsOf(rank, _shares.Length);
            if (shards == 0) continue;
            var payload = rank == _roster.Rank ? default : Receive(rank, new GangPlace(_step, GangStage.Shards, part), (long)shards * (sizeof(double) + (sizeof(float) * length)));
            for (var i = 0; i < shards; i++)
            {
                if (rank != _roster.Rank)
                {
                    _losses[first + i] = BitConverter.ToDouble(payload[(sizeof(double) * i)..]);
                    _kernels.Upload(MemoryMarshal.Cast<byte, float>(payload[(sizeof(double) * shards)..]).Slice(i * length, length), _received.Span.Slice(0, length));
                }
                var at = 0;
                foreach (var (offset, count) in _parts.Ranges(_self, part))
                {
                    var shard = rank == _roster.Rank ? Own(i, part, at, count) : _received.Span.Slice(at, count);
                    _kernels.AddScaled(_shares[first + i], shard, parameters.Gradients.Slice(offset, count));
                    at += count;
                }
            }
        }
        if (_isAtOnce) return;
        var sum = GC.AllocateUninitializedArray<byte>(sizeof(float) * length);
        var written = 0;
        foreach (var (offset, count) in _parts.Ranges(_self, part))
        {
            _kernels.Download(parameters.Gradients.Slice(offset, count), MemoryMarshal.Cast<byte, float>(sum.AsSpan()).Slice(written, count));
            written += count;
        }
        foreach (var rank in _roster.Others) _link.Send(_roster.Members[rank], new GangPlace(_step, GangStage.Sum, part), sum);
    }

    void TakeSum(int rank, int part, ParameterSet parameters)
    {
        var sum = MemoryMarshal.Cast<byte, float>(Receive(rank, new GangPlace(_step, GangStage.Sum, part), (long)sizeof(float) * _parts.LengthOf(rank, part)));
        var at = 0;
        foreach (var (offset, count) in _parts.Ranges(rank, part))
        {
            _kernels.Upload(sum.Slice(at, count), parameters.Gradients.Slice(offset, count));
            at += count;
        }
    }

    /// <summary>A message of another process, which has just the length that both must have worked out.</summary>
    ReadOnlySpan<byte> Receive(int rank, GangPlace place, long bytes)
    {
        var payload = _link.Receive(_roster.Members[rank], place, _cancellation);
        return payload.LongLength == bytes ? payload
            : throw new TrialFailedException($"a message within the gang ({place}) has {payload.LongLength} bytes, expected {bytes}: do all silos run the same version of the program?", transient: true);
    }

    /// <summary>Whether all shards go to everyone: the same in every process of the gang.</summary>
    static bool IsAtOnce(ParameterSet parameters, GangRoster roster, int shards)
    {
        var (processes, most) = (roster.Members.Length, Enumerable.Range(0, roster.Members.Length).Max(rank => roster.ShardsOf(rank, shards).Count));
        var bytes = sizeof(float) * most * parameters.TrainableRanges.Sum(range => (long)range.Length) * (processes - 1);
        return bytes <= FewBytes;
    }

    DeviceSpan Own(int place, int part, int start, int count)
    {
        var from = _parts.StartOf(_self, part) - _parts.StartOf(_self, 0);
        return _own.Span.Slice(place * _parts.LengthOf(_self) + from + start, count);
    }
}
