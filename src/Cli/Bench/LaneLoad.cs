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
    private const int OnlineRows = 1;

    public async Task<LaneSample> RunAsync(bool online, bool archive)
    {
        // Twice as many batches as slots: there is always one that waits.
        var batches = engine.Callers(
            archive ? 2 * engine.Slots : 0, plan.ArchiveRows, Lane.Archive, cancellationToken);
        var onlines = engine.Callers(online ? plan.OnlineCallers : 0, OnlineRows, Lane.Online, cancellationToken);
        try
        {
            var started = Stopwatch.GetTimestamp();
            var archiveTasks = batches.Select(caller => CallAsync(caller, TimeSpan.Zero, started)).ToList();
            var onlineTasks = onlines.Select(caller => CallAsync(caller, plan.Pause, started)).ToList();

            // Of both lanes before anything else: where a call fails, the other callers still need their rows.
            await Task.WhenAll([.. archiveTasks, .. onlineTasks]);
            var archived = (await Task.WhenAll(archiveTasks)).SelectMany(calls => calls).ToList();
            var scored = (await Task.WhenAll(onlineTasks)).SelectMany(calls => calls).ToList();
            engine.RequireAnswers(batches, plan.ArchiveRows);
            engine.RequireAnswers(onlines, OnlineRows);
            return new LaneSample(
                [.. scored.Select(call => call.Elapsed)],
                [.. archived.Select(call => call.Computed)],
                (scored.Count + ((double)archived.Count * plan.ArchiveRows)) / plan.Duration.TotalSeconds);
        }
        finally
        {
            foreach (var caller in batches.Concat(onlines))
            {
                await caller.DisposeAsync();
            }
        }
    }

    /// <summary>Calls that were answered within the time, in milliseconds.</summary>
    private async Task<List<(double Elapsed, double Computed)>> CallAsync(
        EngineCaller caller, TimeSpan pause, long started)
    {
        var calls = new List<(double Elapsed, double Computed)>();
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
