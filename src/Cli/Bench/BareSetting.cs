namespace ScoringCluster.Cli.Bench;

/// <summary>How a bare loop divides the cores, and the rows of each execution.</summary>
internal readonly record struct BareSetting(int Slots, int Threads, int Batch)
{
    /// <summary>Cores whose every division is tried.</summary>
    private const int CoresTriedMax = 8;

    /// <summary>
    /// Every number of slots and threads that fit the cores, each with every batch size; on many cores those alone that
    /// leave none idle that one more slot could use.
    /// </summary>
    public static IEnumerable<BareSetting> Within(int cores, IReadOnlyCollection<int> batches) =>
        from slots in Enumerable.Range(1, cores)
        from threads in Enumerable.Range(1, cores / slots)
        where cores <= CoresTriedMax || slots == cores / threads
        from batch in batches
        select new BareSetting(slots, threads, batch);

    public override string ToString() => $"batch {Batch}, {Slots}x{Threads}";
}
