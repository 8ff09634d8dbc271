using ScoringCluster.Archive.Inputs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Jobs;

/// <summary>
/// Whether a folder without <c>job.json</c> may take a job: it is absent, empty, or holds what a planning that was
/// stopped left. Nothing else is ours, whatever its name.
/// </summary>
internal static class NewJobFolder
{
    public static async Task<ScoringFault?> CheckAsync(JobFolder folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder.Root))
        {
            return null;
        }

        if (FindRemains(folder) is { } left)
        {
            return Conflict($"'{folder.Root}' has '{folder.Relative(left)}' of an earlier job, and its job.json is "
                + "gone: put its job.json back, empty the folder or name another one");
        }

        return await FindForeignAsync(folder, cancellationToken) is { } foreign
            ? Conflict($"'{folder.Root}' holds no job and is not empty: it has '{folder.Relative(foreign)}'. "
                + "Name another folder")
            : null;
    }

    /// <summary>What a job writes only after its <c>job.json</c>; null where there is nothing of it.</summary>
    private static string? FindRemains(JobFolder folder) =>
        ((string[])[folder.SuccessFile, folder.ManifestFile, folder.ProgressFile]).FirstOrDefault(File.Exists)
        ?? Entries(folder.ReceiptsFolder).FirstOrDefault(JobFileNames.IsReceipt)
        ?? Entries(folder.ShardsFolder).FirstOrDefault(JobFileNames.IsData)
        ?? Entries(folder.ErrorsFolder).FirstOrDefault(JobFileNames.IsData)
        ?? Entries(folder.ClaimsFolder).FirstOrDefault(JobFileNames.IsClaim);

    private static async Task<string?> FindForeignAsync(JobFolder folder, CancellationToken cancellationToken)
    {
        foreach (var entry in Entries(folder.Root))
        {
            if (folder.Folders.Contains(entry) && Directory.Exists(entry))
            {
                var foreign = Entries(entry).FirstOrDefault(
                    below => entry != folder.AsideFolder || !JobFileNames.IsAside(below));
                if (foreign is not null)
                {
                    return foreign;
                }
            }
            else if (!await IsOfPlanningAsync(folder, entry, cancellationToken))
            {
                return entry;
            }
        }

        return null;
    }

    private static async Task<bool> IsOfPlanningAsync(
        JobFolder folder, string path, CancellationToken cancellationToken)
    {
        if (path == folder.LockFile)
        {
            return true;
        }

        if (path == folder.InputsFile)
        {
            return await InputList.IsListAsync(path, cancellationToken);
        }

        try
        {
            return path == folder.PlanFile && await DurableFile.ReadJsonAsync(
                path, JobJson.Default.ShardPlan, cancellationToken) is not null;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Entries(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal)
        : [];

    private static ScoringFault Conflict(string message) => new(FaultKind.JobConflict, message);
}
