namespace AtomSets.Studies;

/// <summary>One study that this process drives: its driver's loop, its state for watchers, and what went wrong.</summary>
public sealed class HostedStudy : IAsyncDisposable
{
    readonly CancellationTokenSource _stop;
    readonly Task _loop;
    readonly Lock _ending = new();
    bool _isWanted, _ends;
    volatile StudyDriver? _driver;
    volatile StudyState? _state;
    volatile string? _message;

    HostedStudy(Func<HostedStudy, StudyDriver> createDriver, Func<CancellationToken, Task<bool>> otherHostIsGone, CancellationToken closing)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(closing);
        _loop = Task.Run(() => RunAsync(createDriver, otherHostIsGone), CancellationToken.None);
    }

    /// <summary>Newest state; null before it is loaded.</summary>
    public StudyState? State => _state;

    /// <summary>What people should know beside the numbers.</summary>
    public string? Message => _message;

    public bool HasEnded => _loop.IsCompleted;

    /// <param name="createDriver">Makes a driver that reports to this host.</param>
    /// <param name="otherHostIsGone">Waits until a study that another process runs has ended (false) or stands still (true).</param>
    /// <param name="closing">The engine closes.</param>
    public static HostedStudy Start(
        Func<HostedStudy, StudyDriver> createDriver, Func<CancellationToken, Task<bool>> otherHostIsGone, CancellationToken closing) =>
        new(createDriver, otherHostIsGone, closing);

    public void Changed(StudyState state) => _state = state;

    /// <summary>Hint: someone wrote to the log.</summary>
    public void Look() => _driver?.Look();

    /// <summary>The study was begun, extended or resumed: this host drives it on, however near its end it is.</summary>
    /// <returns>False when it has come to its end: another host is needed.</returns>
    public bool DriveOn()
    {
        lock (_ending)
        {
            if (_ends) return false;
            _isWanted = true;
        }
        Look();
        return true;
    }

    /// <summary>Waits until the study ends here.</summary>
    public Task EndAsync(CancellationToken cancellation) => _loop.WaitAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    async Task RunAsync(Func<HostedStudy, StudyDriver> createDriver, Func<CancellationToken, Task<bool>> otherHostIsGone)
    {
        try
        {
            while (true)
            {
                try
                {
                    _driver = createDriver(this);
                    await _driver.RunAsync(_stop.Token);
                    if (!IsWanted()) return;
                }
                catch (StudyLogConflictException)
                {
                    _state = null;
                    _message = "another process runs this study; watching";
                    if (!await otherHostIsGone(_stop.Token) && !IsWanted()) return;
                    _message = null;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The engine closes; the study goes on when it is resumed.
        }
        catch (StudyNotFoundException)
        {
            _message = "the study was deleted";
        }
        catch (Exception e)
        {
            // A host that dies must not take the process with it: the log is intact and the study can be resumed.
            _message = $"the study stopped: {e.Message}; `study resume` continues it";
        }
        finally
        {
            lock (_ending) _ends = true;
        }
    }

    /// <summary>Whether <see cref="DriveOn"/> was called since the last time; if not, it is too late from now on.</summary>
    bool IsWanted()
    {
        lock (_ending)
        {
            _ends = !_isWanted;
            _isWanted = false;
            return !_ends;
        }
    }
}
