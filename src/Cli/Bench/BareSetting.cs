namespace ScoringCluster.Cli.Bench;

/// <summary>How a bare loop divides the cores, and the rows of each execution.</summary>
internal readonly record struct BareSetting(int Slots, int Threads, int Batch)
{
    /// <summary>Every way to divide the cores evenly, each with every batch size.</summary>
    public static IEnumerable<BareSetting> All(int cores, IReadOnlyCollection<int> batches) =>
        from slots in Enumerable.Range(1, cores)
        where cores % slots == 0
        from batch in batches
        select new BareSetting(slots, cores / slots, batch);

    public override string ToString() => $"batch {Batch}, {Slots}x{Threads}";
}
