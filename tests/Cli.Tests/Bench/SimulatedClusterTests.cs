using ScoringCluster.Cli.Bench.Simulated;

namespace ScoringCluster.Cli.Tests.Bench;

/// <summary>
/// The clusters that the bench of scale starts: several real silos in this process, devices that are not there, and
/// answers that say which row they belong to.
/// </summary>
public sealed class SimulatedClusterTests
{
    private const int Devices = 4;
    private const int Callers = 12;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public Task Call_DevicesOfTwoSilosBehindAGateway_AnswersEveryCallerItsOwnRows() =>
        AssertAnswersAsync(ScaleCluster.StartSilosAsync(2, Devices, TestContext.Current.CancellationToken));

    [Fact]
    public Task Call_DevicesWithoutACluster_AnswersEveryCallerItsOwnRows() =>
        AssertAnswersAsync(ScaleCluster.StartEngineAsync(Devices, TestContext.Current.CancellationToken));

    private static async Task AssertAnswersAsync(Task<ScaleCluster> starting)
    {
        await using var cluster = await starting.WaitAsync(_patience, TestContext.Current.CancellationToken);
        var before = cluster.Loads;

        // Each call throws where an answer is not that of its rows; 80 of them are three executions.
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async i =>
        {
            var caller = cluster.Caller(rows: 80, i);
            for (var call = 0; call < 5; call++)
            {
                await caller.CallAsync();
            }
        })).WaitAsync(_patience, TestContext.Current.CancellationToken);

        var rows = cluster.Loads.Select(pair => pair.Value.Rows - before[pair.Key].Rows).ToList();
        Assert.Equal(Devices, rows.Count);
        Assert.Equal(Callers * 5 * 80, rows.Sum());
        Assert.All(rows, executed => Assert.True(executed > 0, "A device has executed nothing."));
    }
}
