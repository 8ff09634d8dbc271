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
        if (await JobReader.ReadManifestAsync(folder, cancellationToken) is { } finished)
        {
            return new JobFinish(finished, null);
        }

        var receipts = new List<Receipt>();
        foreach (var shard in Enumerable.Range(0, JobReader.PlanOf(pins).Shards))
        {
            if (await JobReader.ReadReceiptAsync(folder, shard, cancellationToken) is not { } receipt)
            {
                return Conflict($"Shard {shard} of job {pins.Job} has no receipt");
            }

            if (await CheckAsync(folder, pins, receipt, shard, cancellationToken) is { } wrong)
            {
                return Conflict(wrong);
            }

            receipts.Add(receipt);
        }

        var manifest = await ReconcileAsync(folder, pins, receipts, cancellationToken);
        if (manifest.Rows != manifest.Scored + manifest.Bad)
        {
            return Conflict($"Job {pins.Job} has {manifest.Rows} inputs, and its receipts account for "
                + $"{manifest.Scored} scored and {manifest.Bad} bad");
        }

        folder.Create();
        await DurableFile.ReplaceJsonAsync(
            folder, folder.ManifestFile, manifest, JobJson.Default.JobManifest, cancellationToken);
        var progress = new JobProgress(pins.Job, manifest.Rows, manifest.Scored, manifest.Bad,
            manifest.Shards, manifest.Shards, time.GetUtcNow());
        await DurableFile.ReplaceJsonAsync(
            folder, folder.ProgressFile, progress, JobJson.Default.JobProgress, cancellationToken);
        folder.Reach(JobStep.ManifestWritten);
        RemoveLeftovers(folder, manifest);
        folder.Reach(JobStep.LeftoversRemoved);

        // The file is empty, so it cannot be half written: its name alone is the message.
        await File.Create(folder.SuccessFile).DisposeAsync();
        Posix.SyncFolder(folder.Root);
        return new JobFinish(manifest, null);
    }

    private static JobFinish Conflict(string message) => new(null, new(FaultKind.ShardConflict, message));

    private static async Task<string?> CheckAsync(
        JobFolder folder, JobPins pins, Receipt receipt, int shard, CancellationToken cancellationToken)
    {
        var planned = JobReader.PlanOf(pins)[shard];
        if (receipt.Job != pins.Job || receipt.Shard != shard || receipt.FirstRow != planned.FirstRow
            || receipt.Rows != planned.Rows || receipt.Scored + receipt.Bad != receipt.Rows)
        {
            return $"The receipt of shard {shard} does not fit job {pins.Job}";
        }

        foreach (var proof in receipt.Files)
        {
            var path = Path.Combine(folder.Root, proof.Path);
            if (!File.Exists(path) || new FileInfo(path).Length != proof.Size
                || await DurableFile.Sha256Async(path, cancellationToken) != proof.Sha256)
            {
                return $"'{proof.Path}' is not the file that the receipt of shard {shard} proves";
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

    private static void RemoveLeftovers(JobFolder folder, JobManifest manifest)
    {
        var counted = manifest.Files.Select(file => file.Path).ToImmutableHashSet(StringComparer.Ordinal);
        foreach (var data in (string[])[folder.ShardsFolder, folder.ErrorsFolder])
        {
            foreach (var file in Directory.EnumerateFiles(data).Where(f => !counted.Contains(folder.Relative(f))))
            {
                File.Delete(file);
            }

            Posix.SyncFolder(data);
        }

        foreach (var scaffold in (string[])[folder.ClaimsFolder, folder.AsideFolder])
        {
            if (Directory.Exists(scaffold))
            {
                Directory.Delete(scaffold, recursive: true);
            }
        }

        Posix.SyncFolder(folder.Root);
    }
}
