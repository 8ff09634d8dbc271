using System.Runtime.InteropServices;

namespace ScoringCluster.Core;

/// <summary>
/// What was freed is not yet the system's: the C library of most Linux systems keeps freed memory that lies between
/// other blocks, per arena: tens of megabytes after one large request.
/// </summary>
public static partial class SystemMemory
{
    private static bool _cannot = !OperatingSystem.IsLinux();

    /// <summary>
    /// Hands freed native memory back. It walks through every arena, in milliseconds: for idle times, never for calls.
    /// </summary>
    public static void GiveBack()
    {
        if (_cannot)
        {
            return;
        }

        try
        {
            _ = MallocTrim(0);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library, as on Alpine: it keeps less, and has no such call.
            _cannot = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
