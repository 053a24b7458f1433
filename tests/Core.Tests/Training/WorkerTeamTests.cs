using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class WorkerTeamTests
{
    /// <summary>Longer than any of this takes; a team that hangs fails here.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Every_worker_does_each_piece_once_and_the_next_piece_sees_all_of_it(int workers)
    {
        using var team = new WorkerTeam(workers);
        var done = new int[workers];
        var seen = true;
        for (var piece = 0; piece < 500; piece++)
        {
            var before = piece;
            team.Run(worker => done[worker]++);
            team.Run(worker => { if (done.Any(count => count != before + 1)) Volatile.Write(ref seen, false); });
        }
        Assert.True(seen);
        Assert.All(done, count => Assert.Equal(500, count));
    }

    [Fact]
    public void A_slow_worker_is_waited_for_asleep()
    {
        using var team = new WorkerTeam(3);
        var ended = 0;
        for (var slow = 0; slow < 3; slow++)
        {
            team.Run(worker =>
            {
                if (worker == slow) Thread.Sleep(30); // longer than anyone spins
                Interlocked.Increment(ref ended);
            });
            Assert.Equal(3 * (slow + 1), ended);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task What_one_worker_throws_comes_out_when_all_have_ended_and_the_team_goes_on(int failing)
    {
        await Task.Run(() =>
        {
            using var team = new WorkerTeam(4);
            var ended = 0;
            var e = Assert.Throws<InvalidDataException>(() => team.Run(worker =>
            {
                if (worker == failing) throw new InvalidDataException("row 7");
                Thread.Sleep(5);
                Interlocked.Increment(ref ended);
            }));
            Assert.Equal(("row 7", 3), (e.Message, ended));
            team.Run(_ => Interlocked.Increment(ref ended));
            Assert.Equal(7, ended);
        }).WaitAsync(Patience);
    }

    [Fact]
    public async Task When_several_throw_the_lowest_worker_is_heard()
    {
        await Task.Run(() =>
        {
            using var team = new WorkerTeam(3);
            Assert.Equal("1", Assert.Throws<InvalidDataException>(() => team.Run(worker =>
            {
                if (worker > 0) throw new InvalidDataException($"{worker}");
            })).Message);
        }).WaitAsync(Patience);
    }

    [Fact]
    public void Closing_ends_the_threads_and_may_be_done_twice()
    {
        var team = new WorkerTeam(3);
        var threads = new Thread[3];
        team.Run(worker => threads[worker] = Thread.CurrentThread);
        team.Dispose();
        team.Dispose();
        Assert.False(threads[1].IsAlive || threads[2].IsAlive);
        Assert.Throws<ObjectDisposedException>(() => team.Run(_ => { }));
    }

    [Fact]
    public void Working_together_makes_no_garbage()
    {
        using var team = new WorkerTeam(3);
        var bytes = new long[3];
        Action<int> work = worker => { if (worker == 1) Thread.Sleep(1); };
        Action<int> read = worker => bytes[worker] = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++) team.Run(work);
        var (least, before) = (new long[3], new long[3]);
        Array.Fill(least, long.MaxValue);
        for (var round = 0; round < 5; round++)
        {
            team.Run(read);
            bytes.CopyTo(before, 0);
            for (var i = 0; i < 20; i++) team.Run(work);
            team.Run(read);
            for (var worker = 0; worker < 3; worker++) least[worker] = Math.Min(least[worker], bytes[worker] - before[worker]);
        }
        Assert.All(least, allocated => Assert.Equal(0, allocated));
    }
}
