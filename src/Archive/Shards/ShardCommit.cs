using System.Security.Cryptography;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Shards;

/// <summary>
/// Makes a scored shard part of the job. Its files get their names first; the exclusive creation of the receipt is the
/// commit. Whoever comes second with the same content is told that it is done, with another content that it is a
/// conflict. A crash at any moment leaves either no receipt, and the shard is scored again, or a whole one.
/// </summary>
internal static class ShardCommit
{
    /// <param name="draft">The receipt without its files.</param>
    /// <returns>The receipt that counts, or a <see cref="FaultKind.ShardConflict"/>.</returns>
    public static async Task<(Receipt? Receipt, ScoringFault? Fault)> CommitAsync(
        JobFolder folder, Receipt draft, byte[] scores, byte[]? errors, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var files = new List<(string Path, byte[] Bytes)> { (folder.ShardFile(draft.Shard), scores) };
        if (errors is not null)
        {
            files.Add((folder.ErrorsFile(draft.Shard), errors));
        }

        var receipt = draft with { Files = [.. files.Select(file => Prove(folder, file.Path, file.Bytes))] };
        using var held = await FolderLock.TakeAsync(folder, cancellationToken);
        if (await JobReader.ReadReceiptAsync(folder, draft.Shard, cancellationToken) is { } earlier)
        {
            return Judge(receipt, earlier);
        }

        try
        {
            receipt = await NameDataAsync(folder, receipt, files, time, cancellationToken);
            if (await TryPublishAsync(folder, receipt, cancellationToken))
            {
                await VerifyAsync(folder, receipt, files);
                return (receipt, null);
            }
        }
        catch (IOException) when (File.Exists(folder.ReceiptFile(draft.Shard)))
        {
            // Without locks another process may commit the shard, finish the job and remove what lies aside meanwhile.
        }

        var winner = await JobReader.ReadReceiptAsync(folder, draft.Shard, cancellationToken);
        return Judge(receipt, winner!);
    }

    private static async Task<Receipt> NameDataAsync(
        JobFolder folder, Receipt receipt, List<(string Path, byte[] Bytes)> files, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var asides = new List<string>();
        foreach (var (path, bytes) in files)
        {
            asides.Add(folder.Aside(path));
            await DurableFile.WriteAsideAsync(asides[^1], bytes, cancellationToken);
        }

        folder.Reach(JobStep.DataWritten);
        for (var i = 0; i < files.Count; i++)
        {
            await NameAsync(asides[i], files[i].Path, receipt.Files[i], cancellationToken);
        }

        if (files.Count == 1 && File.Exists(folder.ErrorsFile(receipt.Shard)))
        {
            // A crashed attempt met errors that this one did not (a file that could not be read for a while).
            File.Delete(folder.ErrorsFile(receipt.Shard));
            Posix.SyncFolder(folder.ErrorsFolder);
        }

        folder.Reach(JobStep.DataNamed);
        return receipt with { Committed = time.GetUtcNow() };
    }

    private static async Task<bool> TryPublishAsync(
        JobFolder folder, Receipt receipt, CancellationToken cancellationToken)
    {
        var path = folder.ReceiptFile(receipt.Shard);
        var aside = folder.Aside(path);
        await DurableFile.WriteAsideAsync(
            aside, DurableFile.Json(receipt, JobJson.Default.Receipt), cancellationToken);
        folder.Reach(JobStep.ReceiptWritten);
        var published = DurableFile.TryPublish(aside, path);
        if (published)
        {
            folder.Reach(JobStep.ReceiptNamed);
        }

        return published;
    }

    /// <summary>
    /// Without locks an attempt that lost may have put its own bytes under a name between naming and commit: those that
    /// the receipt proves come back. The shard is committed, so nothing stops this.
    /// </summary>
    private static async Task VerifyAsync(JobFolder folder, Receipt receipt, List<(string Path, byte[] Bytes)> files)
    {
        for (var i = 0; i < files.Count; i++)
        {
            var (path, bytes) = files[i];
            if (await DurableFile.Sha256Async(path, CancellationToken.None) != receipt.Files[i].Sha256)
            {
                var aside = folder.Aside(path);
                await DurableFile.WriteAsideAsync(aside, bytes, CancellationToken.None);
                DurableFile.Replace(aside, path);
            }
        }
    }

    /// <summary>
    /// Names a data file. What a crashed attempt left under the name is whole and, as a rule, the same bytes: then it
    /// stays, so that an attempt that wakes up late never touches a file that others may have proved.
    /// </summary>
    private static async Task NameAsync(
        string aside, string path, FileProof proof, CancellationToken cancellationToken)
    {
        if (Posix.TryLink(aside, path))
        {
            Posix.SyncFolder(Path.GetDirectoryName(path)!);
            File.Delete(aside);
        }
        else if (await DurableFile.Sha256Async(path, cancellationToken) == proof.Sha256)
        {
            Posix.SyncFolder(Path.GetDirectoryName(path)!);
            File.Delete(aside);
        }
        else
        {
            DurableFile.Replace(aside, path);
        }
    }

    private static (Receipt?, ScoringFault?) Judge(Receipt mine, Receipt earlier) => mine.ProvesTheSame(earlier)
        ? (earlier, null)
        : (null, new ScoringFault(FaultKind.ShardConflict,
            $"Shard {mine.Shard} of job {mine.Job} is committed with other content: {Describe(earlier)} "
            + $"by {earlier.Replica}, and now {Describe(mine)} by {mine.Replica}"));

    private static string Describe(Receipt receipt) =>
        $"job {receipt.Job}, {receipt.Scored} scored, {receipt.Bad} bad, sha256 {receipt.Files[0].Sha256}";

    private static FileProof Prove(JobFolder folder, string path, byte[] bytes) => new(
        folder.Relative(path), bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
