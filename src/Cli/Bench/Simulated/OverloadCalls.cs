using System.Collections.Immutable;
using System.Diagnostics;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>
/// Callers of single rows with a deadline, more than the device can serve. Who is refused comes back when the refusal
/// says so, and nobody gives up.
/// </summary>
internal sealed class OverloadCalls(
    LoadedModel model, int callers, TimeSpan deadline, CancellationToken cancellationToken)
{
    public async Task<OverloadTally> RunAsync(TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var tallies = await Task.WhenAll(Enumerable.Range(0, callers).Select(
            caller => Task.Run(() => CallAsync(caller, started, duration), cancellationToken)));
        return OverloadTally.Sum(tallies);
    }

    private async Task<OverloadTally> CallAsync(int caller, long started, TimeSpan duration)
    {
        var tally = new OverloadTally();
        await using var calls = new ChecksumCaller(1, caller, ScoreAsync);
        while (true)
        {
            var called = Stopwatch.GetTimestamp();
            var fault = await calls.TryCallAsync();
            var elapsed = Stopwatch.GetElapsedTime(called);
            if (Stopwatch.GetElapsedTime(started) >= duration)
            {
                return tally;
            }

            tally.Add(fault, elapsed, deadline);
            if (fault?.Kind == FaultKind.Overloaded)
            {
                await Task.Delay(fault.RetryAfter ?? TimeSpan.Zero, cancellationToken);
            }
        }
    }

    private async Task<(ScoringFault? Fault, ImmutableArray<Tensor> Outputs)> ScoreAsync(Tensor input)
    {
        var outcome = await model.ScoreAsync(
            new BatchRequest
            {
                Signature = model.Signatures[0],
                Inputs = [input],
                Rows = 1,
                TimeLeft = deadline,
            },
            cancellationToken);
        return (outcome.Fault, outcome.Outputs);
    }
}
