using System.Runtime.InteropServices;

namespace AtomSets.Commands;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks for a stop, in which running trials write their checkpoints; the second ends the program at once.
/// </summary>
sealed class Interruption : IDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly PosixSignalRegistration[] _registrations;
    readonly Action _atOnce;
    int _signals;

    /// <param name="atOnce">Called at the second signal, before the program ends.</param>
    public Interruption(Action atOnce)
    {
        _atOnce = atOnce;
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stop.Dispose();
    }

    void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) == 1)
        {
            // Not on the signal's thread: what it wakes may take long, and the second signal must come through.
            _ = _stop.CancelAsync();
            return;
        }
        _atOnce();
        Environment.Exit(ExitCodes.Interrupted);
    }
}
