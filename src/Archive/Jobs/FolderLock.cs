namespace ScoringCluster.Archive.Jobs;

/// <summary>
/// Keeps the short operations on a job's folder (planning, committing, finishing) of several processes apart. The
/// system gives the lock back when its process dies. Where a file system has no locks it keeps nobody out, and
/// nothing depends on it for being right: a job exists by the exclusive creation of <c>job.json</c>, a shard is
/// committed by that of its receipt.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Longer than any listing of inputs that a caller waits for: beyond it the holder hangs.</summary>
    private static readonly TimeSpan _waitMax = TimeSpan.FromMinutes(10);

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Waits until no other holds the folder. Not reentrant.</summary>
    /// <exception cref="IOException">The folder cannot be written, or somebody held it for too long.</exception>
    public static async Task<FolderLock> TakeAsync(JobFolder folder, CancellationToken cancellationToken)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FolderLock(new FileStream(
                    folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
            }
            catch (IOException exception) when (Posix.IsLocked(exception))
            {
                if (TimeProvider.System.GetElapsedTime(begin) > _waitMax)
                {
                    throw new IOException($"another process has held '{folder.LockFile}' for {_waitMax}.", exception);
                }
            }

            // Other processes hold the lock by the system's clock, whatever clock this one works with.
            await Task.Delay(_pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The file stays: were it removed, two processes could each hold a lock on a file of that name.</summary>
    public void Dispose() => _file.Dispose();
}
