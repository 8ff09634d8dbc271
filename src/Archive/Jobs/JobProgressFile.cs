namespace ScoringCluster.Archive.Jobs;

/// <summary>Writes <c>progress.json</c>; readers see the old one or the new one, never half of it.</summary>
public static class JobProgressFile
{
    public static async Task WriteAsync(JobFolder folder, JobProgress progress, CancellationToken cancellationToken)
    {
        if (folder.IsFinished)
        {
            return;
        }

        try
        {
            await DurableFile.ReplaceJsonAsync(
                folder.Aside(folder.ProgressFile), folder.ProgressFile, progress, JobJson.Default.JobProgress,
                cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process finished the job meanwhile and removed what lay aside: its progress is the last.
        }
    }
}
