using AtomSets.Core.Tests.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Silo;
using AtomSets.Studies;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Messages of gangs come late, twice and out of order.</summary>
public sealed class GangPostTests
{
    static readonly Guid Pool = Guid.NewGuid();

    [Fact]
    public async Task A_message_is_taken_once_in_its_attempt_and_not_at_all_after_it()
    {
        using var bench = new EngineBench();
        await using var cluster = await ClusterBench.StartAsync(bench, silos: 1, workers: 1);
        var post = new GangPost(cluster.Cluster.Client, TimeProvider.System, NullLogger<GangPost>.Instance);
        var order = new OrderWire(Pool, 7, new RequestWire("", "", 0, 0), [new MemberWire("a", ["a/w1"]), new MemberWire("b", ["b/w1"])]);
        Assert.Equal(PieceAnswer.NotYet, post.Put(Piece(0, 1)));

        var link = post.Open(order, 0);
        Assert.Equal(PieceAnswer.Taken, post.Put(Piece(1, 2)));
        Assert.Equal(PieceAnswer.Taken, post.Put(Piece(0, 1)));
        Assert.Equal(PieceAnswer.Taken, post.Put(Piece(0, 99)));
        Assert.Equal([1], Receive(link, 0));
        Assert.Equal(PieceAnswer.Taken, post.Put(Piece(0, 98))); // again, after it was taken
        Assert.Equal([2], Receive(link, 1));
        Assert.Equal(PieceAnswer.Taken, post.Put(Piece(0, 97))); // of a step that has passed
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => link.Receive(1, new GangPlace(2, GangStage.Sum), soon.Token));

        // What had come before the others ended is still there; then nobody waits.
        post.Put(Piece(2, 3));
        post.Put(new PieceWire(Pool, 7, 1, long.MaxValue, (int)GangStage.End, 0, "the disk is full"u8.ToArray()));
        Assert.Equal([3], Receive(link, 2));
        Assert.Equal("the disk is full", Assert.Throws<GangEndedException>(() => Receive(link, 3)).Problem);

        await post.CloseAsync(link, TimeSpan.Zero);
        Assert.Equal(PieceAnswer.Stale, post.Put(Piece(3, 4)));
        Assert.Equal(PieceAnswer.NotYet, post.Put(Piece(3, 4) with { Ticket = 8 }));
        Assert.Equal(1, post.Stale);
    }

    static byte[] Receive(GangLink link, long step) => link.Receive(1, new GangPlace(step, GangStage.Sum), CancellationToken.None);

    static PieceWire Piece(long step, byte payload) => new(Pool, 7, 1, step, (int)GangStage.Sum, 0, [payload]);
}
