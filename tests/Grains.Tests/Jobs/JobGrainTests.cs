using Orleans.Core.Internal;
using ScoringCluster.Archive.Jobs;
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

    [Fact]
    public async Task Resume_WithOneDamagedJob_FailsThatOneAndResumesTheOthers()
    {
        await using var cluster = new JobCluster();
        var scoring = new TaskCompletionSource();
        cluster.Replica.Gate = token => scoring.Task.WaitAsync(token);
        await cluster.StartAsync(files: 20);
        string[] ids = ["damaged", "sound"];
        foreach (var id in ids)
        {
            await cluster.Jobs.Submit(cluster.Request(id, id), Cancellation);
        }

        foreach (var id in ids)
        {
            await cluster.Job(id).AsReference<IGrainManagementExtension>().DeactivateOnIdle(Cancellation);
        }

        await File.WriteAllTextAsync(new JobFolder(cluster.Output("damaged")).JobFile, "{", Cancellation);

        var list = await cluster.Jobs.List();
        await cluster.Jobs.Resume();
        scoring.SetResult();

        Assert.Equal(ids, list.Select(job => job.JobId));
        var damaged = await cluster.EndOfAsync("damaged");
        Assert.Equal((JobState.Failed, FaultKind.JobConflict), (damaged.State, damaged.Fault!.Kind));
        Assert.Contains("job.json", damaged.Fault.Message);
        Assert.Equal(JobState.Succeeded, (await cluster.EndOfAsync("sound")).State);
    }

    [Fact]
    public async Task Drive_OfReceiptsOfAnotherJob_FailsAndNamesOne()
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 20);
        await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);
        await cluster.EndOfAsync("night");
        await cluster.Jobs.Submit(cluster.Request("copy", "copy"), Cancellation);
        await cluster.EndOfAsync("copy");
        var (from, to) = (new JobFolder(cluster.Output("out")), new JobFolder(cluster.Output("copy")));
        File.Copy(from.ReceiptFile(1), to.ReceiptFile(1), overwrite: true);
        File.Delete(to.SuccessFile);

        await cluster.Jobs.Submit(cluster.Request("copy", "copy"), Cancellation);

        var end = await cluster.EndOfAsync("copy");
        Assert.Equal((JobState.Failed, FaultKind.ShardConflict), (end.State, end.Fault!.Kind));
        Assert.Contains("receipts/part-00001.json", end.Fault.Message);
    }

    [Fact]
    public async Task Drive_WhereNoRowCanBeScored_FailsWithASentence()
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 0);
        await File.WriteAllTextAsync(Path.Combine(cluster.Input, "1.png"), "bad", Cancellation);

        await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);

        var end = await cluster.EndOfAsync("night");
        Assert.Equal((JobState.Failed, 0L, 1L), (end.State, end.RowsScored, end.RowsBad));
        Assert.Contains("None of the 1 rows", end.Fault?.Message);
    }
}
