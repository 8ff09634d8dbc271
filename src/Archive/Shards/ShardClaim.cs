namespace ScoringCluster.Archive.Shards;

/// <summary>A runner's word that it works on a shard: <c>claims/part-N-epoch.json</c>, created exclusively.</summary>
/// <param name="Epoch">1 for the first claim of a shard; whoever adopts it takes the next number.</param>
/// <param name="Adoptions">
/// Claims of this shard whose owner died before it was committed: how a limit tells a shard that kills its process from
/// one that was unlucky.
/// </param>
public sealed record ShardClaim(int Shard, int Epoch, int Adoptions, ClaimOwner Owner, DateTimeOffset Claimed);

/// <summary>Who holds a claim.</summary>
/// <param name="Silo">A name that no other process ever has, also not the same machine's next one.</param>
/// <param name="Run">One runner's run within that process.</param>
public sealed record ClaimOwner(string Silo, string Run);

/// <summary>Knows which owners of claims still work.</summary>
public interface IClaimOwners
{
    /// <summary>
    /// True while the owner may still be working. A wrong false costs work done twice and nothing else: only one of
    /// two attempts commits.
    /// </summary>
    bool IsAlive(ClaimOwner owner);
}
