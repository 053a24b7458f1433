using System.Runtime.ExceptionServices;

namespace AtomSets.Training;

/// <summary>Threads that do one piece of work together and then wait for the next: the calling thread is worker 0.</summary>
/// <remarks>Every piece of work ends for all before <see cref="Run"/> returns, also when one fails: nothing waits within a piece of work, so a
/// failure cannot leave others waiting. Waiting spins for less than 0.1 ms, longer than the time between two pieces of a step, and then sleeps: who
/// waits for a slower worker leaves its core to others.</remarks>
sealed class WorkerTeam : IDisposable
{
    const int Spins = 200;
    const int SpinLength = 10;

    readonly Lock _running = new();
    readonly object _start = new(), _end = new();
    readonly Exception?[] _failures;
    readonly Thread[] _threads;
    Action<int>? _work;
    int _round, _left;
    bool _isClosed;

    /// <param name="workers">Threads in all, at least 1.</param>
    public WorkerTeam(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        Count = workers;
        _failures = new Exception?[workers];
        _threads = new Thread[workers - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"training worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Workers, the calling thread included.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="work"/> once for each worker's number at the same time, number 0 on the calling thread.</summary>
    /// <exception cref="Exception">What the work of the lowest number threw, after all have ended.</exception>
    public void Run(Action<int> work)
    {
        if (Count == 1)
        {
            work(0);
            return;
        }
        lock (_running)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _work = work;
            Volatile.Write(ref _left, _threads.Length);
            NextRound();
            Guarded(0);
            if (!Spin(ref _left, until: 0))
            {
                lock (_end)
                {
                    while (_left > 0) Monitor.Wait(_end);
                }
            }
            _work = null;
        }
        Exception? first = null;
        for (var i = Count - 1; i >= 0; i--)
        {
            first = _failures[i] ?? first;
            _failures[i] = null;
        }
        if (first is not null) ExceptionDispatchInfo.Throw(first);
    }

    public void Dispose()
    {
        lock (_running)
        {
            if (_isClosed) return;
            _isClosed = true;
            NextRound();
        }
        foreach (var thread in _threads) thread.Join();
    }

    void NextRound()
    {
        lock (_start)
        {
            Volatile.Write(ref _round, _round + 1);
            Monitor.PulseAll(_start);
        }
    }

    void Work(int worker)
    {
        for (var round = 1; ; round++)
        {
            if (!Spin(ref _round, until: round))
            {
                lock (_start)
                {
                    while (_round != round) Monitor.Wait(_start);
                }
            }
            if (_isClosed) return;
            Guarded(worker);
            if (Interlocked.Decrement(ref _left) > 0) continue;
            lock (_end) Monitor.PulseAll(_end);
        }
    }

    void Guarded(int worker)
    {
        try
        {
            _work!(worker);
        }
#pragma warning disable CA1031 // not swallowed: Run throws it on the caller's thread
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failures[worker] = e;
        }
    }

    static bool Spin(ref int value, int until)
    {
        // On one core the other can only get on when this one lets go.
        var spins = Environment.ProcessorCount > 1 ? Spins : 0;
        for (var i = 0; i < spins; i++)
        {
            if (Volatile.Read(ref value) == until) return true;
            Thread.SpinWait(SpinLength);
        }
        return Volatile.Read(ref value) == until;
    }
}
