using System.Runtime.InteropServices;

namespace ScoringCluster.Archive;

/// <summary>
/// The things that a durable, exclusive commit needs and .NET does not offer: <c>link(2)</c>, which fails where the
/// name exists (<c>File.Move(overwrite: false)</c> is not exclusive on Linux), fsync of a folder, and names for the
/// system's errors.
/// </summary>
internal static partial class Posix
{
    private const int WouldBlock = 11;
    private const int FileExists = 17;
    private const int NoFolder = 20;
    private const int InvalidArgument = 22;
    private const int WindowsSharingViolation = 32;
    private const int WindowsLockViolation = 33;
    private const int WouldBlockOnMac = 35;

    /// <summary>Gives a file its final name, exclusively. The first name may remain; the caller removes it.</summary>
    /// <returns>False where the name exists already.</returns>
    /// <exception cref="IOException">It failed otherwise; the message names file and reason.</exception>
    public static bool TryLink(string file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryMove(file, name);
        }

        if (Link(file, name) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == FileExists
            ? false
            : throw new IOException($"'{name}' cannot be linked: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    /// <summary>True where another holds the lock on a file, in or outside this process.</summary>
    public static bool IsLocked(IOException exception) => OperatingSystem.IsWindows()
        ? (exception.HResult & 0xFFFF) is WindowsSharingViolation or WindowsLockViolation
        : exception.HResult is WouldBlock or WouldBlockOnMac;

    /// <summary>True where something on the path is no folder: what it led to is gone.</summary>
    public static bool IsNoFolder(IOException exception) =>
        !OperatingSystem.IsWindows() && exception.HResult == NoFolder;

    /// <summary>Makes the names in a folder survive a power cut. Windows has no such call and needs none.</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            throw Failed(folder, "opened");
        }

        try
        {
            // Some file systems refuse to sync a folder because they have nothing to write: that is no failure.
            if (Sync(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
            {
                throw Failed(folder, "synced");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    // MoveFileEx without the replace flag is exclusive on Windows.
    private static bool TryMove(string file, string name)
    {
        try
        {
            File.Move(file, name, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(name))
        {
            return false;
        }
    }

    private static IOException Failed(string path, string what) => new(
        $"'{path}' cannot be {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
