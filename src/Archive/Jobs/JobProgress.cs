namespace ScoringCluster.Archive.Jobs;

/// <summary>
/// How far a job is: <c>progress.json</c>. Counted from receipts, so that it never runs ahead of the truth.
/// </summary>
/// <param name="Rows">Inputs in all.</param>
/// <param name="Scored">Rows with scores in committed shards.</param>
/// <param name="Bad">Rows in committed error files.</param>
/// <param name="Shards">Shards in all.</param>
/// <param name="Committed">Shards with a receipt.</param>
public sealed record JobProgress(
    string Job, long Rows, long Scored, long Bad, int Shards, int Committed, DateTimeOffset Updated);
