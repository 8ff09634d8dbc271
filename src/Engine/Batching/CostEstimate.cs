namespace ScoringCluster.Engine.Batching;

/// <summary>Seconds that a row takes, learned from executions: what queued rows are worth in time.</summary>
internal sealed class CostEstimate
{
    /// <summary>Weight of the newest execution: a handful of batches decide, one outlier does not.</summary>
    private const double NewestWeight = 0.2;

    private double _secondsPerRow;

    public double SecondsPerRow => Volatile.Read(ref _secondsPerRow);

    public void Learn(int rows, TimeSpan elapsed)
    {
        var observed = elapsed.TotalSeconds / Math.Max(1, rows);
        var known = SecondsPerRow;

        // Two slots may overwrite each other's sample: an estimate may lose one.
        Volatile.Write(ref _secondsPerRow, known == 0 ? observed : known + (NewestWeight * (observed - known)));
    }
}
