using System.Collections.Immutable;
using ScoringCluster.Archive.Shards;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Jobs;

/// <summary>A finished job's manifest, or why it cannot be finished.</summary>
public sealed record JobFinish(JobManifest? Manifest, ScoringFault? Fault);

/// <summary>
/// Ends a job whose shards are all committed: checks every file against its receipt, writes the manifest, removes
/// leftovers and says so with <c>_SUCCESS</c>. Stopped anywhere and started again it ends the same way.
/// </summary>
public sealed class JobFinisher(TimeProvider time)
{
    public async Task<JobFinish> FinishAsync(JobFolder folder, JobPins pins, CancellationToken cancellationToken)
    {
        try
        {
            if (await ReadEndAsync(folder, pins, cancellationToken) is { } ended)
            {
                return ended;
            }

            using var held = await FolderLock.TakeAsync(folder, cancellationToken);

            // Another process may have finished the job while this one waited.
            return await ReadEndAsync(folder, pins, cancellationToken)
                ?? await FinishLockedAsync(folder, pins, cancellationToken);
        }
        catch (Exception exception) when (JobFaults.IsExpected(exception))
        {
            return new JobFinish(null, JobFaults.Of(folder, exception));
        }
    }

    private static async Task<JobFinish?> ReadEndAsync(
        JobFolder folder, JobPins pins, CancellationToken cancellationToken)
    {
        var (manifest, fault) = await JobReader.ReadManifestAsync(folder, pins, cancellationToken);
        return manifest is null && fault is null ? null : new JobFinish(manifest, fault);
    }

    private async Task<JobFinish> FinishLockedAsync(
        JobFolder folder, JobPins pins, CancellationToken cancellationToken)
    {
        folder.Create();
        var receipts = new List<Receipt>();
        foreach (var shard in Enumerable.Range(0, JobReader.PlanOf(pins).Shards))
        {
            if (await JobReader.ReadReceiptAsync(folder, shard, cancellationToken) is not { } receipt)
            {
                return Conflict($"Shard {shard} of job {pins.Job} has no receipt");
            }

            if (receipt.MisfitOf(pins, shard) is { } misfit)
            {
                return new JobFinish(null, JobReader.Foreign(folder, pins, shard, misfit));
            }

            if (await CheckFilesAsync(folder, receipt, cancellationToken) is { } wrong)
            {
                return Conflict(wrong);
            }

            receipts.Add(receipt);
        }

        var manifest = await ReconcileAsync(folder, pins, receipts, cancellationToken);
        if (manifest.MisfitOf(pins) is { } unreconciled)
        {
            return Conflict($"Job {pins.Job} cannot be reconciled: {unreconciled}");
        }

        if (manifest.Scored == 0)
        {
            return await NothingScoredAsync(folder, pins, cancellationToken);
        }

        await WriteEndAsync(folder, manifest, cancellationToken);
        return new JobFinish(manifest, null);
    }

    private async Task WriteEndAsync(JobFolder folder, JobManifest manifest, CancellationToken cancellationToken)
    {
        await DurableFile.ReplaceJsonAsync(
            folder.Aside(folder.ManifestFile), folder.ManifestFile, manifest, JobJson.Default.JobManifest,
            cancellationToken);
        var progress = new JobProgress(manifest.Job, manifest.Rows, manifest.Scored, manifest.Bad,
            manifest.Shards, manifest.Shards, time.GetUtcNow());
        await DurableFile.ReplaceJsonAsync(
            folder.Aside(folder.ProgressFile), folder.ProgressFile, progress, JobJson.Default.JobProgress,
            cancellationToken);
        folder.Reach(JobStep.ManifestWritten);
        RemoveLeftovers(folder, manifest);
        folder.Reach(JobStep.LeftoversRemoved);

        // The file is empty, so it cannot be half written: its name alone is the message.
        await File.Create(folder.SuccessFile).DisposeAsync();
        Posix.SyncFolder(folder.Root);
    }

    /// <summary>
    /// Whoever waits for <c>_SUCCESS</c> must not take a job for done that has no score to show.
    /// </summary>
    private static async Task<JobFinish> NothingScoredAsync(
        JobFolder folder, JobPins pins, CancellationToken cancellationToken)
    {
        var first = (await JobErrors.ReadAsync(folder, 1, cancellationToken))[0];
        return new JobFinish(null, new ScoringFault(FaultKind.InputUnreadable,
            $"None of the {pins.Rows} rows of job {pins.Job} could be scored; the first is {first.Path}: "
            + $"{first.Message.TrimEnd('.')}. All reasons lie in '{folder.ErrorsFolder}'; a new try needs another "
            + "output folder"));
    }

    private static JobFinish Conflict(string message) => new(null, new(FaultKind.ShardConflict, message));

    private static async Task<string?> CheckFilesAsync(
        JobFolder folder, Receipt receipt, CancellationToken cancellationToken)
    {
        foreach (var proof in receipt.Files)
        {
            var path = Path.Combine(folder.Root, proof.Path);
            if (!File.Exists(path) || new FileInfo(path).Length != proof.Size
                || await DurableFile.Sha256Async(path, cancellationToken) != proof.Sha256)
            {
                return $"'{proof.Path}' is not the file that the receipt of shard {receipt.Shard} proves. Put it back, "
                    + $"or remove '{folder.Relative(folder.ReceiptFile(receipt.Shard))}' and ask again: then the shard "
                    + "is scored again";
            }
        }

        return null;
    }

    private static async Task<JobManifest> ReconcileAsync(
        JobFolder folder, JobPins pins, List<Receipt> receipts, CancellationToken cancellationToken) => new()
        {
            Job = pins.Job,
            Model = pins.Model,
            ModelDigest = pins.ModelDigest,
            Signature = pins.Signature,
            Classes = pins.Classes,
            Rows = pins.Rows,
            Scored = receipts.Sum(receipt => (long)receipt.Scored),
            Bad = receipts.Sum(receipt => (long)receipt.Bad),
            Shards = receipts.Count,
            Reproducible = pins.Deterministic && receipts.TrueForAll(receipt => receipt.Execution == pins.Execution),
            Files =
        [
            .. receipts.SelectMany(receipt => receipt.Files).OrderBy(file => file.Path, StringComparer.Ordinal),
            new FileProof(
                folder.Relative(folder.InputsFile),
                new FileInfo(folder.InputsFile).Length,
                await DurableFile.Sha256Async(folder.InputsFile, cancellationToken)),
        ],
        };

    /// <summary>
    /// Files of attempts that ended without committing. This process holds the folder, so whatever lies aside is no
    /// living commit's; claims and progress of others bear to lose theirs, since every shard is committed. What has
    /// no name of ours stays.
    /// </summary>
    private static void RemoveLeftovers(JobFolder folder, JobManifest manifest)
    {
        var counted = manifest.Files.Select(file => file.Path).ToImmutableHashSet(StringComparer.Ordinal);
        foreach (var data in (string[])[folder.ShardsFolder, folder.ErrorsFolder])
        {
            Remove(data, file => JobFileNames.IsData(file) && !counted.Contains(folder.Relative(file)));
            Posix.SyncFolder(data);
        }

        Remove(folder.ClaimsFolder, JobFileNames.IsClaim);
        Remove(folder.AsideFolder, JobFileNames.IsAside);
        foreach (var scaffold in (string[])[folder.ClaimsFolder, folder.AsideFolder])
        {
            RemoveIfEmpty(scaffold);
        }

        Posix.SyncFolder(folder.Root);
    }

    private static void RemoveIfEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException) when (Directory.EnumerateFileSystemEntries(folder).Any())
        {
            // Something that is not ours lies in it.
        }
    }

    private static void Remove(string folder, Func<string, bool> isLeftover)
    {
        foreach (var file in Directory.EnumerateFiles(folder).Where(isLeftover).ToArray())
        {
            File.Delete(file);
        }
    }
}
