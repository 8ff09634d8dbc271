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
        var shard = draft.Shard;
        var files = new List<(string Path, byte[] Bytes)> { (folder.ShardFile(shard), scores) };
        if (errors is not null)
        {
            files.Add((folder.ErrorsFile(shard), errors));
        }

        var receipt = draft with { Files = [.. files.Select(file => Prove(folder, file.Path, file.Bytes))] };
        var asides = new List<(string Aside, string Path)>();
        foreach (var (path, bytes) in files)
        {
            asides.Add((await DurableFile.WriteAsideAsync(folder, path, bytes, cancellationToken), path));
        }

        folder.Reach(JobStep.DataWritten);
        if (await JobReader.ReadReceiptAsync(folder, shard, cancellationToken) is { } earlier)
        {
            asides.ForEach(file => File.Delete(file.Aside));
            return Judge(receipt, earlier);
        }

        foreach (var (aside, path) in asides)
        {
            await NameAsync(aside, path, receipt.Files.First(f => f.Path == folder.Relative(path)), cancellationToken);
        }

        if (errors is null && File.Exists(folder.ErrorsFile(shard)))
        {
            // A crashed attempt met errors that this one did not (a file that could not be read for a while).
            File.Delete(folder.ErrorsFile(shard));
            Posix.SyncFolder(folder.ErrorsFolder);
        }

        folder.Reach(JobStep.DataNamed);
        receipt = receipt with { Committed = time.GetUtcNow() };
        var json = DurableFile.Json(receipt, JobJson.Default.Receipt);
        var receiptAside = await DurableFile.WriteAsideAsync(
            folder, folder.ReceiptFile(shard), json, cancellationToken);
        folder.Reach(JobStep.ReceiptWritten);
        if (!DurableFile.TryPublish(receiptAside, folder.ReceiptFile(shard)))
        {
            var winner = await JobReader.ReadReceiptAsync(folder, shard, cancellationToken);
            return Judge(receipt, winner!);
        }

        folder.Reach(JobStep.ReceiptNamed);
        return (receipt, null);
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
