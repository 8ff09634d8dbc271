using System.Diagnostics;
using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench;

/// <summary>How the lanes are loaded.</summary>
/// <param name="OnlineCallers">Each calls with one row, and again a while after the answer.</param>
/// <param name="Pause">That while.</param>
/// <param name="ArchiveRows">Rows of a fixed batch of the archive.</param>
internal sealed record LanePlan(int OnlineCallers, TimeSpan Pause, int ArchiveRows, TimeSpan Duration);

/// <summary>What came of both lanes in one measurement.</summary>
/// <param name="Online">Milliseconds of each online call.</param>
/// <param name="ArchiveBatches">Milliseconds of each execution of the archive.</param>
internal sealed record LaneSample(
    IReadOnlyList<double> Online, IReadOnlyList<double> ArchiveBatches, double RowsPerSecond);

/// <summary>Online callers, and archive work without end, on one device.</summary>
internal sealed class LaneLoad(EngineLoad engine, LanePlan plan, CancellationToken cancellationToken)
{
    public async Task<LaneSample> RunAsync(bool online, bool archive)
    {
        var started = Stopwatch.GetTimestamp();

        // Twice as many batches as slots: there is always one that waits.
        var archiveCallers = archive ? 2 * engine.Slots : 0;
        var archiveTasks = Enumerable.Range(0, archiveCallers)
            .Select(i => CallAsync(plan.ArchiveRows, i, Lane.Archive, TimeSpan.Zero, started)).ToList();
        var onlineTasks = Enumerable.Range(0, online ? plan.OnlineCallers : 0)
            .Select(i => CallAsync(rows: 1, i, Lane.Online, plan.Pause, started)).ToList();
        var archived = (await Task.WhenAll(archiveTasks)).SelectMany(calls => calls).ToList();
        var scored = (await Task.WhenAll(onlineTasks)).SelectMany(calls => calls).ToList();
        return new LaneSample(
            [.. scored.Select(call => call.Elapsed)],
            [.. archived.Select(call => call.Computed)],
            (scored.Count + ((double)archived.Count * plan.ArchiveRows)) / plan.Duration.TotalSeconds);
    }

    /// <summary>Calls that were answered within the time, in milliseconds.</summary>
    private async Task<List<(double Elapsed, double Computed)>> CallAsync(
        int rows, int variant, Lane lane, TimeSpan pause, long started)
    {
        var calls = new List<(double Elapsed, double Computed)>();
        await using var caller = engine.Caller(rows, variant, lane, cancellationToken);
        while (true)
        {
            var called = Stopwatch.GetTimestamp();
            await caller.CallAsync();
            var elapsed = Stopwatch.GetElapsedTime(called);
            if (Stopwatch.GetElapsedTime(started) >= plan.Duration)
            {
                return calls;
            }

            calls.Add((elapsed.TotalMilliseconds, caller.Computed.TotalMilliseconds));
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, cancellationToken);
            }
        }
    }
}
