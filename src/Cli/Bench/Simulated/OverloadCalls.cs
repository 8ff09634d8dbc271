using System.Diagnostics;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>
/// Callers of single rows with a deadline, more than the device can serve. Who is refused comes back when the refusal
/// says so, and nobody gives up.
/// </summary>
internal sealed class OverloadCalls
{
    private readonly LoadedModel _model;
    private readonly TimeSpan _deadline;
    private readonly int _callers;
    private readonly CancellationToken _cancellationToken;

    public OverloadCalls(LoadedModel model, int callers, TimeSpan deadline, CancellationToken cancellationToken)
    {
        _model = model;
        _callers = callers;
        _deadline = deadline;
        _cancellationToken = cancellationToken;
    }

    public async Task<OverloadTally> RunAsync(TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var tallies = await Task.WhenAll(Enumerable.Range(0, _callers).Select(
            caller => Task.Run(() => CallAsync(caller, started, duration), _cancellationToken)));
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

            tally.Add(fault, elapsed, _deadline);
            if (fault?.Kind == FaultKind.Overloaded)
            {
                await Task.Delay(fault.RetryAfter ?? TimeSpan.Zero, _cancellationToken);
            }
        }
    }

    private async Task<(ScoringFault? Fault, IReadOnlyList<Tensor> Outputs)> ScoreAsync(Tensor input)
    {
        var outcome = await _model.ScoreAsync(
            new BatchRequest
            {
                Signature = _model.Signatures[0],
                Inputs = [input],
                Rows = 1,
                TimeLeft = _deadline,
            },
            _cancellationToken);
        return (outcome.Fault, outcome.Outputs);
    }
}
