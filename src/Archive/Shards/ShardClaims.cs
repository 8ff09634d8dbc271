using System.Text.Json;
using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Archive.Shards;

/// <summary>
/// Hands one runner the shards that are neither committed nor claimed by a living owner, each at most once. Claims
/// only keep runners from doing the same work: the receipt alone decides who was first.
/// </summary>
internal sealed class ShardClaims(
    JobFolder folder, ShardPlan plan, ClaimOwner self, IClaimOwners owners, TimeProvider time)
{
    private readonly Lock _gate = new();
    private int _next;

    /// <summary>Null when no shard is left for this runner.</summary>
    public ShardClaim? TryClaim()
    {
        lock (_gate)
        {
            while (_next < plan.Shards)
            {
                if (TryClaim(_next++) is { } claim)
                {
                    folder.Reach(JobStep.ShardClaimed);
                    return claim;
                }
            }

            return null;
        }
    }

    /// <summary>
    /// Gives a shard back that was not committed, so that the next runner need not call it an adoption.
    /// </summary>
    public void Release(ShardClaim claim)
    {
        try
        {
            File.Delete(folder.ClaimFile(claim.Shard, claim.Epoch));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays, or went with the finished job: a claim whose owner does not live any more keeps nobody out.
        }
    }

    private ShardClaim? TryClaim(int shard)
    {
        if (File.Exists(folder.ReceiptFile(shard)))
        {
            return null;
        }

        var epoch = 0;
        while (File.Exists(folder.ClaimFile(shard, epoch + 1)))
        {
            epoch++;
        }

        var last = epoch == 0 ? null : Read(shard, epoch);
        if (last is not null && owners.IsAlive(last.Owner))
        {
            return null;
        }

        var adoptions = epoch == 0 ? 0 : (last?.Adoptions ?? 0) + 1;
        var claim = new ShardClaim(shard, epoch + 1, adoptions, self, time.GetUtcNow());
        return TryCreate(claim) ? claim : null;
    }

    /// <summary>
    /// A claim is linked whole, so that no reader sees half of one; losing it to a power cut costs nothing.
    /// </summary>
    private bool TryCreate(ShardClaim claim)
    {
        var path = folder.ClaimFile(claim.Shard, claim.Epoch);
        var aside = folder.Aside(path);
        try
        {
            File.WriteAllBytes(aside, DurableFile.Json(claim, JobJson.Default.ShardClaim));
            var created = Posix.TryLink(aside, path);
            File.Delete(aside);
            return created;
        }
        catch (IOException) when (File.Exists(folder.ReceiptFile(claim.Shard)))
        {
            // Another process committed the shard and finished the job: folders of claims are gone by then.
            return false;
        }
    }

    /// <summary>Null for a claim that is gone or unreadable: whoever wrote it is in no state to object.</summary>
    private ShardClaim? Read(int shard, int epoch)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(folder.ClaimFile(shard, epoch)), JobJson.Default.ShardClaim);
        }
        catch (Exception exception) when (
            exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
