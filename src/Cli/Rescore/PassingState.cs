namespace ScoringCluster.Cli.Rescore;

/// <summary>
/// The state folder of a service that is there for one job: the output folder is the job's memory, so it goes with the
/// service. What a killed process left is removed by the next one; a service that lives holds its folder's lock.
/// </summary>
internal sealed class PassingState : IDisposable
{
    private const string Prefix = "scoring-rescore-";

    /// <summary>A folder that is younger may have its lock in a moment.</summary>
    private static readonly TimeSpan _young = TimeSpan.FromMinutes(1);

    private PassingState(string folder) => Folder = folder;

    public string Folder { get; }

    public static PassingState Create()
    {
        RemoveLost(Path.GetTempPath(), TimeProvider.System);
        return new PassingState(Directory.CreateTempSubdirectory(Prefix).FullName);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    internal static void RemoveLost(string parent, TimeProvider time)
    {
        foreach (var folder in new DirectoryInfo(parent).EnumerateDirectories(Prefix + "*"))
        {
            try
            {
                // A link is nothing that this command makes.
                if (folder.LinkTarget is null && time.GetUtcNow() - folder.LastWriteTimeUtc > _young)
                {
                    using var held = new FileStream(
                        Path.Combine(folder.FullName, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite,
                        FileShare.None);
                    folder.Delete(recursive: true);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is in use, somebody else's, or another process removes it now.
            }
        }
    }
}
