using ScoringCluster.Archive.Shards;

namespace ScoringCluster.Archive.Jobs;

/// <summary>Reads what a job's folder says; nothing here changes it.</summary>
public static class JobReader
{
    /// <summary>Null where the folder holds no job.</summary>
    public static Task<JobPins?> ReadPinsAsync(JobFolder folder, CancellationToken cancellationToken) =>
        DurableFile.ReadJsonAsync(folder.JobFile, JobJson.Default.JobPins, cancellationToken);

    /// <summary>Null where the job is not finished.</summary>
    public static Task<JobManifest?> ReadManifestAsync(JobFolder folder, CancellationToken cancellationToken) =>
        folder.IsFinished
            ? DurableFile.ReadJsonAsync(folder.ManifestFile, JobJson.Default.JobManifest, cancellationToken)
            : Task.FromResult<JobManifest?>(null);

    /// <summary>Null where the shard is not committed.</summary>
    public static Task<Receipt?> ReadReceiptAsync(JobFolder folder, int shard, CancellationToken cancellationToken) =>
        DurableFile.ReadJsonAsync(folder.ReceiptFile(shard), JobJson.Default.Receipt, cancellationToken);

    /// <summary>Receipts of those of the shards that are committed: true whatever was told or lost.</summary>
    public static async Task<IReadOnlyList<Receipt>> ReadReceiptsAsync(
        JobFolder folder, IReadOnlyList<int> shards, CancellationToken cancellationToken)
    {
        var receipts = new List<Receipt>();
        foreach (var shard in shards.Where(shard => File.Exists(folder.ReceiptFile(shard))))
        {
            if (await ReadReceiptAsync(folder, shard, cancellationToken) is { } receipt)
            {
                receipts.Add(receipt);
            }
        }

        return receipts;
    }

    public static ShardPlan PlanOf(JobPins pins) => new(pins.Rows, pins.ShardRows);

    /// <summary>The last progress that was written; null where there is none.</summary>
    public static Task<JobProgress?> ReadProgressAsync(JobFolder folder, CancellationToken cancellationToken) =>
        DurableFile.ReadJsonAsync(folder.ProgressFile, JobJson.Default.JobProgress, cancellationToken);

    /// <summary>Writes <c>progress.json</c>; readers see the old one or the new one, never half of it.</summary>
    public static async Task WriteProgressAsync(
        JobFolder folder, JobProgress progress, CancellationToken cancellationToken)
    {
        if (!folder.IsFinished)
        {
            await DurableFile.ReplaceJsonAsync(
                folder, folder.ProgressFile, progress, JobJson.Default.JobProgress, cancellationToken);
        }
    }
}
