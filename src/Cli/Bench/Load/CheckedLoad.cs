namespace ScoringCluster.Cli.Bench.Load;

/// <summary>
/// Callers of one server, whose speed counts only where their answers are right: looked at when a run is over, so that
/// looking takes nothing from it.
/// </summary>
/// <param name="callers">As <see cref="ExpectedAnswers.Require"/> takes them.</param>
/// <param name="expected">Null for a server whose answers mean nothing.</param>
internal sealed class CheckedLoad(
    string server, IReadOnlyList<IBenchCaller> callers, int rowsPerCall, ExpectedAnswers? expected)
{
    /// <exception cref="BenchFailedException">A call failed, or the last answer to a caller is wrong.</exception>
    public async Task<Sample> RunAsync(TimeSpan duration, IReadOnlyList<CpuClock> clocks)
    {
        var sample = await ClosedLoop.RunAsync(callers, rowsPerCall, duration, clocks);
        expected?.Require(server, callers, rowsPerCall);
        return sample;
    }
}
