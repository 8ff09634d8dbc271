using ScoringCluster.Archive.Shards;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Jobs;

/// <summary>Reads what a job's folder says; nothing here changes it.</summary>
public static class JobReader
{
    /// <returns>Neither pins nor fault where the folder holds no job.</returns>
    public static async Task<(JobPins? Pins, ScoringFault? Fault)> ReadPinsAsync(
        JobFolder folder, CancellationToken cancellationToken)
    {
        try
        {
            var pins = await DurableFile.ReadJsonAsync(folder.JobFile, JobJson.Default.JobPins, cancellationToken);
            return pins is null or { Rows: > 0 and <= Limits.JobInputsMax, ShardRows: > 0, BatchRows: > 0 }
                ? (pins, null)
                : throw new InvalidDataException($"'{folder.JobFile}' is damaged: it counts no rows.");
        }
        catch (Exception exception) when (JobFaults.IsExpected(exception))
        {
            return (null, JobFaults.Of(folder, exception));
        }
    }

    /// <summary>The pins of one job, or why the folder does not hold it.</summary>
    public static async Task<(JobPins? Pins, ScoringFault? Fault)> OpenAsync(
        JobFolder folder, string jobId, CancellationToken cancellationToken)
    {
        var (pins, fault) = await ReadPinsAsync(folder, cancellationToken);
        return fault is null && pins?.Job != jobId ? (null, JobFaults.Lost(folder, jobId)) : (pins, fault);
    }

    /// <summary>The end of a job; a fault where what lies there is the end of another.</summary>
    /// <returns>Neither where the job is not finished.</returns>
    public static async Task<(JobManifest? Manifest, ScoringFault? Fault)> ReadManifestAsync(
        JobFolder folder, JobPins pins, CancellationToken cancellationToken)
    {
        try
        {
            var manifest = folder.IsFinished
                ? await DurableFile.ReadJsonAsync(folder.ManifestFile, JobJson.Default.JobManifest, cancellationToken)
                : null;
            return manifest?.MisfitOf(pins) is { } misfit
                ? (null, new ScoringFault(FaultKind.JobConflict,
                    $"'{folder.ManifestFile}' is not the end of job {pins.Job}: {misfit}. Name another output folder"))
                : (manifest, null);
        }
        catch (Exception exception) when (JobFaults.IsExpected(exception))
        {
            return (null, JobFaults.Of(folder, exception));
        }
    }

    /// <summary>Null where the shard is not committed.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static Task<Receipt?> ReadReceiptAsync(JobFolder folder, int shard, CancellationToken cancellationToken) =>
        DurableFile.ReadJsonAsync(folder.ReceiptFile(shard), JobJson.Default.Receipt, cancellationToken);

    /// <summary>
    /// Receipts of those of the shards that are committed: true whatever was told or lost. A fault where one of them
    /// is another job's.
    /// </summary>
    public static async Task<(IReadOnlyList<Receipt> Receipts, ScoringFault? Fault)> ReadReceiptsAsync(
        JobFolder folder, JobPins pins, IReadOnlyList<int> shards, CancellationToken cancellationToken)
    {
        var receipts = new List<Receipt>();
        foreach (var shard in shards.Where(shard => File.Exists(folder.ReceiptFile(shard))))
        {
            if (await ReadReceiptAsync(folder, shard, cancellationToken) is not { } receipt)
            {
                continue;
            }

            if (receipt.MisfitOf(pins, shard) is { } misfit)
            {
                return ([], Foreign(folder, pins, shard, misfit));
            }

            receipts.Add(receipt);
        }

        return (receipts, null);
    }

    public static ShardPlan PlanOf(JobPins pins) => new(pins.Rows, pins.ShardRows);

    /// <summary>The last progress that was written; null where there is none that can be read.</summary>
    public static async Task<JobProgress?> ReadProgressAsync(
        JobFolder folder, JobPins pins, CancellationToken cancellationToken)
    {
        try
        {
            var progress = await DurableFile.ReadJsonAsync(
                folder.ProgressFile, JobJson.Default.JobProgress, cancellationToken);
            return progress?.Job == pins.Job ? progress : null;
        }
        catch (Exception exception) when (JobFaults.IsExpected(exception))
        {
            // It is a convenience: the receipts are the truth, and the next progress replaces it.
            return null;
        }
    }

    internal static ScoringFault Foreign(JobFolder folder, JobPins pins, int shard, string misfit) => new(
        FaultKind.ShardConflict,
        $"'{folder.Relative(folder.ReceiptFile(shard))}' in '{folder.Root}' is no receipt of job {pins.Job}: {misfit}. "
        + "Name another output folder");
}
