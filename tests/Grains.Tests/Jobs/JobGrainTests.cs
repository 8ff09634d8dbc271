using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Tests.Jobs;

public sealed class JobGrainTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetStatus_WhileTheEndIsNotRecorded_IsTheWholeEnd()
    {
        await using var cluster = new JobCluster();
        var scoring = new TaskCompletionSource();
        cluster.Replica.Gate = token => scoring.Task.WaitAsync(token);
        await cluster.StartAsync(files: 20);
        await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);

        // The register is busy with another submission: the end of the first job waits there to be recorded.
        var (entered, open) = (new TaskCompletionSource(), new TaskCompletionSource());
        cluster.SubmitGate = () =>
        {
            entered.TrySetResult();
            return open.Task;
        };
        var second = cluster.Jobs.Submit(cluster.Request("other", "other"), Cancellation);
        await entered.Task.WaitAsync(JobCluster.Patience, Cancellation);
        scoring.SetResult();
        var end = await cluster.EndOfAsync("night");
        open.SetResult();

        Assert.Equal(JobState.Succeeded, end.State);
        Assert.True(end.RowsPerSecond > 0);
        Assert.Null((await second.WaitAsync(JobCluster.Patience, Cancellation)).Fault);
        await cluster.EndOfAsync("other");
    }

    [Fact]
    public async Task Drive_AfterARunnerEndedLate_StartsWithoutItsFault()
    {
        await using var cluster = new JobCluster();
        cluster.Replica.Fail = () => new ScoringFault(FaultKind.RequestInvalid, "does not fit");
        await cluster.StartAsync(files: 20);
        await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);
        Assert.Equal(JobState.Failed, (await cluster.EndOfAsync("night")).State);
        cluster.Replica.Fail = () => null;
        await cluster.Job("night").RunnerEnded(new RunnerReport(
            new ReplicaKey("silo", DeviceId.Cpu(1), JobCluster.Model),
            new ScoringFault(FaultKind.RequestInvalid, "does not fit")));

        await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);

        Assert.Equal(JobState.Succeeded, (await cluster.EndOfAsync("night")).State);
    }
}
