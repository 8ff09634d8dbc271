namespace ScoringCluster.Archive.Jobs;

/// <summary>Names of everything in a job's output folder, which is the job's ledger.</summary>
public sealed class JobFolder(string root)
{
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>What is pinned; the job exists when this file does.</summary>
    public string JobFile => At("job.json");

    /// <summary>The inputs, one row each, in the order of their shards.</summary>
    public string InputsFile => At("inputs.parquet");

    /// <summary>Shard bounds.</summary>
    public string PlanFile => At("plan.json");

    public string ProgressFile => At("progress.json");

    /// <summary>The files that count, reconciled with the inputs.</summary>
    public string ManifestFile => At("manifest.json");

    /// <summary>Held while the folder is planned, a shard committed, or the job finished; always empty.</summary>
    public string LockFile => At(".lock");

    /// <summary>Written last: everything is here and accounted for.</summary>
    public string SuccessFile => At("_SUCCESS");

    public string ClaimsFolder => At("claims");

    public string ShardsFolder => At("shards");

    public string ErrorsFolder => At("errors");

    public string ReceiptsFolder => At("receipts");

    /// <summary>Files that have no final name yet.</summary>
    public string AsideFolder => At("tmp");

    /// <summary>The folders within it.</summary>
    internal IReadOnlyList<string> Folders => [AsideFolder, ClaimsFolder, ShardsFolder, ErrorsFolder, ReceiptsFolder];

    public bool IsFinished => File.Exists(SuccessFile);

    /// <summary>Called after each step, for tests that stop a job there.</summary>
    internal Action<JobStep>? Reached { get; init; }

    public string ClaimFile(int shard, int epoch) => Path.Combine(ClaimsFolder, $"part-{shard:D5}-{epoch:D4}.json");

    public string ShardFile(int shard) => Path.Combine(ShardsFolder, $"part-{shard:D5}.parquet");

    public string ErrorsFile(int shard) => Path.Combine(ErrorsFolder, $"part-{shard:D5}.parquet");

    public string ReceiptFile(int shard) => Path.Combine(ReceiptsFolder, $"part-{shard:D5}.json");

    /// <summary>The path as manifests and receipts spell it: relative to the folder, with '/'.</summary>
    public string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>
    /// A fresh name in <see cref="AsideFolder"/> for a file that will be called <paramref name="finalPath"/>.
    /// </summary>
    internal string Aside(string finalPath) =>
        Path.Combine(AsideFolder, $"{Path.GetFileName(finalPath)}.{Guid.NewGuid():N}");

    internal void Reach(JobStep step) => Reached?.Invoke(step);

    /// <summary>Creates the folders of a job that is not finished.</summary>
    internal void Create()
    {
        foreach (var folder in (string[])[Root, .. Folders])
        {
            Directory.CreateDirectory(folder);
        }

        Posix.SyncFolder(Root);
    }

    private string At(string name) => Path.Combine(Root, name);
}
