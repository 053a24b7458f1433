namespace AtomSets.Materials;

/// <summary>
/// Lets one process at a time prepare a file while the others wait for it. Only saves work: correctness comes from the atomic rename,
/// so a lock lost on an odd file system does no harm. The operating system drops the lock of a killed process.
/// </summary>
static class BuildLock
{
    const int MostMissing = 20;

    /// <summary>Waits for the turn to prepare <paramref name="path"/>, or for another process to have done it.</summary>
    /// <returns>The turn, to be disposed; null together with a result.</returns>
    internal static IDisposable? Wait<T>(string path, CancellationToken cancellation, Func<T?> finished, out T? result)
        where T : class
    {
        var name = path + ".lock";
        for (var missing = 0; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            FileStream? turn = null;
            try
            {
                turn = new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (File.Exists(name) || missing++ < MostMissing)
            {
                // Held by another; wait below. Its holder may have deleted it since we failed: only failing again and again without a file is an error.
            }
            // Also with the turn in hand: the one before may have finished between the first look and now.
            result = finished();
            if (result is not null)
            {
                turn?.Dispose();
                return null;
            }
            if (turn is not null) return turn;
            cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Deletes what a killed process has left half-written; only to be called with the turn in hand.</summary>
    internal static void DropLeftovers(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var leftover in Directory.EnumerateFiles(folder, Path.GetFileName(path) + ".*.tmp")) File.Delete(leftover);
    }
}
