using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Archive.Rows;

/// <summary>Scores a batch of a shard on the replica beside the runner.</summary>
public interface IRowScorer
{
    /// <summary>
    /// Runs the rows in one execution of their own. Expected failures are in the outcome. The scorer owns the inputs
    /// from the call on, whatever comes of it; the caller owns the outcome's outputs.
    /// </summary>
    Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken);
}
