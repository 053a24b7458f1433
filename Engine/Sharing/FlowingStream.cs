namespace AtomSets.Engine;

/// <summary>Reads from a network, and gives up where nothing comes any more.</summary>
/// <param name="source">Belongs to the caller.</param>
/// <param name="stallLimit">Longest time without a byte.</param>
/// <param name="blockBytes">Size of the buffer.</param>
sealed class FlowingStream(Stream source, TimeSpan stallLimit, int blockBytes) : Stream
{
    readonly byte[] _block = new byte[blockBytes];
    int _begin, _end;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">Nothing came for too long, or the connection broke.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (_begin == _end) (_begin, _end) = (0, Fill());
        var count = Math.Min(buffer.Length, _end - _begin);
        _block.AsSpan(_begin, count).CopyTo(buffer);
        _begin += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    int Fill()
    {
        using var limit = new CancellationTokenSource(stallLimit);
        try
        {
            return source.ReadAsync(_block, limit.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e)
        {
            throw new IOException($"nothing came for {stallLimit.TotalSeconds} s", e);
        }
    }
}
