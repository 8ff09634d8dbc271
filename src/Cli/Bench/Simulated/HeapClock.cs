using System.Diagnostics;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>What the managed heap of this process has cost so far, or between two moments.</summary>
/// <param name="Collections">Of all generations.</param>
/// <param name="Pauses">In which no managed code ran.</param>
internal readonly record struct HeapClock(TimeSpan Elapsed, long AllocatedBytes, int Collections, TimeSpan Pauses)
{
    public static HeapClock Now() => new(
        Stopwatch.GetElapsedTime(0), GC.GetTotalAllocatedBytes(), GC.CollectionCount(0), GC.GetTotalPauseDuration());

    public HeapClock Since(HeapClock before) => new(
        Elapsed - before.Elapsed, AllocatedBytes - before.AllocatedBytes, Collections - before.Collections,
        Pauses - before.Pauses);
}
