using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AtomSets.Storage;

/// <summary>
/// A lock on a whole file between processes (flock). The kernel lets go of it when its holder dies, however it dies, so nothing is ever stale.
/// </summary>
sealed class FileLock : IDisposable
{
    readonly string path;
    readonly SafeFileHandle handle;

    public FileLock(string path)
    {
        this.path = path;
        handle = NativeMethods.OpenForLocking(path);
    }

    public bool TryShared() => Try(NativeMethods.LockShared);

    /// <summary>Also turns a held shared lock into an exclusive one; not atomic: on failure the shared lock may be gone.</summary>
    public bool TryExclusive() => Try(NativeMethods.LockExclusive);

    /// <summary>Waits for the exclusive lock, calling <paramref name="waiting"/> once when it takes longer than a second.</summary>
    /// <exception cref="StorageException">Another program held it for longer than <paramref name="limit"/>.</exception>
    public void Exclusive(TimeSpan limit, Action? waiting, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        while (!TryExclusive())
        {
            if (watch.Elapsed > limit)
                throw new StorageException($"another program has been starting or stopping the database for {limit.TotalSeconds:0} s (it holds {path}); end it, or wait and try again");
            if (watch.Elapsed.TotalSeconds > 1)
            {
                waiting?.Invoke();
                waiting = null;
            }
            cancel.WaitHandle.WaitOne(10);
            cancel.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => handle.Dispose();

    bool Try(int operation)
    {
        while (true)
        {
            if (NativeMethods.Flock(handle, operation | NativeMethods.LockNonBlocking) == 0) return true;
            var error = Marshal.GetLastPInvokeError();
            if (error == NativeMethods.ErrorWouldBlock) return false;
            if (error != NativeMethods.ErrorInterrupted) throw new IOException($"cannot lock {path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }
}
