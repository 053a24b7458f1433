using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AtomSets.Storage;

/// <summary>The few calls of the C library that .NET does not offer: whole-file locks that can be shared, signals, the user id.</summary>
static partial class NativeMethods
{
    public const int LockShared = 1, LockExclusive = 2, LockNonBlocking = 4, LockRelease = 8;
    public const int SigInt = 2, SigQuit = 3;
    public const int ErrorInterrupted = 4, ErrorWouldBlock = 11, ErrorNotPermitted = 1;

    const int OpenReadWrite = 2, OpenCreate = 0x40, OpenCloseOnExec = 0x80000, OpenNoFollow = 0x20000;

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    /// <summary>
    /// Opens or creates a file without locking it. (A .NET file handle takes a lock of its own when it opens, whatever its share mode.)
    /// Close-on-exec: the server must never inherit the lock.
    /// </summary>
    public static SafeFileHandle OpenForLocking(string path)
    {
        var handle = Open(path, OpenReadWrite | OpenCreate | OpenCloseOnExec | NoFollow, 0x180);
        if (!handle.IsInvalid) return handle;
        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>The one flag whose value differs between the processors we run on.</summary>
    static int NoFollow => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 0x8000 : OpenNoFollow;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);
}
