using ScoringCluster.Archive.Jobs;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Tests.Jobs;

public sealed class JobsGrainTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submit_OfAFolder_ScoresEveryRowAndSucceeds()
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 40);

        var reply = await cluster.Jobs.Submit(cluster.Request("out"), Cancellation);

        Assert.Null(reply.Fault);
        Assert.Equal(40, reply.Job!.Rows);
        var end = await cluster.EndOfAsync(reply.Job.JobId);
        Assert.Equal((JobState.Succeeded, 36L, 4L, 8, 8),
            (end.State, end.RowsScored, end.RowsBad, end.Shards, end.ShardsCommitted));
        Assert.Equal(36, cluster.Replica.Rows);
        Assert.True(new JobFolder(cluster.Output("out")).IsFinished);
        Assert.Equal(end.JobId, Assert.Single(await cluster.Jobs.List()).JobId);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Submit_DeterministicOrNot_IsPinnedAndSaidInTheManifest(bool? asked, bool expected)
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 20);

        await cluster.Jobs.Submit(cluster.Request("out", "night") with { Deterministic = asked }, Cancellation);

        var end = await cluster.EndOfAsync("night");
        Assert.Equal((JobState.Succeeded, 18L, 2L), (end.State, end.RowsScored, end.RowsBad));
        var folder = new JobFolder(cluster.Output("out"));
        var (pins, _) = await JobReader.OpenAsync(folder, "night", Cancellation);
        var (manifest, _) = await JobReader.ReadManifestAsync(folder, pins!, Cancellation);
        Assert.Equal((expected, expected), (pins!.Deterministic, manifest!.Reproducible));
    }

    [Fact]
    public async Task Submit_OfTheSameJobWhileItRuns_JoinsIt()
    {
        await using var cluster = new JobCluster();
        var open = new TaskCompletionSource();
        cluster.Replica.Gate = token => open.Task.WaitAsync(token);
        await cluster.StartAsync(files: 20);
        var first = await cluster.Jobs.Submit(cluster.Request("out"), Cancellation);

        var second = await cluster.Jobs.Submit(cluster.Request("out"), Cancellation);
        open.SetResult();

        Assert.Equal(first.Job!.JobId, second.Job!.JobId);
        Assert.Equal(JobState.Running, second.Job.State);
        Assert.Equal(JobState.Succeeded, (await cluster.EndOfAsync(first.Job.JobId)).State);
        Assert.Equal(18, cluster.Replica.Rows);
    }

    [Fact]
    public async Task Submit_OfAFinishedJob_ScoresNothingAgain()
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 20);
        var first = await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);
        await cluster.EndOfAsync("night");

        var second = await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);

        Assert.Equal((first.Job!.JobId, JobState.Succeeded), (second.Job!.JobId, second.Job.State));
        Assert.Equal(18, cluster.Replica.Rows);
    }

    [Fact]
    public async Task Submit_OfAKnownIdForAnotherFolder_IsAConflict()
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 5);
        await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);

        var reply = await cluster.Jobs.Submit(cluster.Request("elsewhere", "night"), Cancellation);

        Assert.Equal(FaultKind.JobConflict, reply.Fault?.Kind);
        await cluster.EndOfAsync("night");
    }

    [Fact]
    public async Task Submit_AfterTheModelChanged_NamesBothDigests()
    {
        await using var cluster = new JobCluster();
        cluster.Replica.Fail = () => new ScoringFault(FaultKind.RequestInvalid, "stops the job");
        await cluster.StartAsync(files: 5);
        await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);
        Assert.Equal("stops the job", (await cluster.EndOfAsync("night")).Fault?.Message);
        cluster.Replica.Digest = "d2";

        var reply = await cluster.Jobs.Submit(cluster.Request("out", "night"), Cancellation);

        Assert.Equal(FaultKind.JobConflict, reply.Fault?.Kind);
        Assert.Contains("d1", reply.Fault?.Message);
        Assert.Contains("d2", reply.Fault?.Message);
    }

    [Fact]
    public async Task Submit_WithoutRoots_NamesTheOption()
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 5, roots: false);

        var reply = await cluster.Jobs.Submit(cluster.Request("out"), Cancellation);

        Assert.Equal(FaultKind.PathRefused, reply.Fault?.Kind);
        Assert.Contains("Jobs:InputRoots (serve --input-root)", reply.Fault?.Message);
    }

    [Theory]
    [InlineData("unknown", null, null, FaultKind.ModelUnknown)]
    [InlineData("m", 7, null, FaultKind.VersionUnknown)]
    [InlineData("m", null, "no/id", FaultKind.RequestInvalid)]
    public async Task Submit_OfWhatDoesNotExist_SaysWhat(string model, int? version, string? id, FaultKind kind)
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 5);

        var reply = await cluster.Jobs.Submit(
            cluster.Request("out", id) with { Model = model, Version = version }, Cancellation);

        Assert.Equal(kind, reply.Fault?.Kind);
    }

    [Fact]
    public async Task Submit_OfPathsThatCannotBeUsed_IsAFaultThatNamesThem()
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 5);
        await File.WriteAllTextAsync(cluster.Output("file"), "mine", Cancellation);
        (JobRequest Request, FaultKind Kind, string Part)[] cases =
        [
            (cluster.Request("out") with { Input = cluster.Input + "\0" }, FaultKind.PathRefused, "NUL"),
            (cluster.Request("o\0ut"), FaultKind.PathRefused, "NUL"),
            (cluster.Request("file"), FaultKind.OutputUnwritable, cluster.Output("file")),
            (cluster.Request("file/below"), FaultKind.OutputUnwritable, cluster.Output("file/below")),
            (cluster.Request(new string('x', 300)), FaultKind.OutputUnwritable, "xxx"),
            (cluster.Request("out") with { Input = cluster.Input + "/none" }, FaultKind.InputUnreadable, "/none"),
        ];

        foreach (var (request, kind, part) in cases)
        {
            var reply = await cluster.Jobs.Submit(request, Cancellation);

            Assert.Equal(kind, reply.Fault?.Kind);
            Assert.Contains(part, reply.Fault?.Message);
        }

        Assert.Empty(await cluster.Jobs.List());
    }

    [Fact]
    public async Task Get_OfAnUnknownJob_IsAFault()
    {
        await using var cluster = new JobCluster();
        await cluster.StartAsync(files: 1);

        Assert.Equal(FaultKind.JobUnknown, (await cluster.Jobs.Get("none")).Fault?.Kind);
    }

    [Fact]
    public async Task Submit_WhereTheReplicaKeepsFailing_FailsTheJobWithItsWords()
    {
        await using var cluster = new JobCluster();
        cluster.Replica.Gate = _ => throw new IOException("the disk is on fire");
        await cluster.StartAsync(files: 5);

        var reply = await cluster.Jobs.Submit(cluster.Request("out"), Cancellation);
        var end = await cluster.EndOfAsync(reply.Job!.JobId);

        Assert.Equal((JobState.Failed, FaultKind.Internal), (end.State, end.Fault!.Kind));
        Assert.Contains("the disk is on fire", end.Fault.Message);
        Assert.Empty(Directory.GetFiles(new JobFolder(cluster.Output("out")).ClaimsFolder));
    }

    [Fact]
    public async Task Submit_AfterTheSiloStoppedInTheMiddle_FinishesTheRest()
    {
        await using var cluster = new JobCluster();
        var reached = new TaskCompletionSource();
        var batches = 0;
        cluster.Replica.Gate = async token =>
        {
            if (Interlocked.Increment(ref batches) > 12)
            {
                reached.TrySetResult();
                await new TaskCompletionSource().Task.WaitAsync(token);
            }
        };
        await cluster.StartAsync(files: 50);
        var reply = await cluster.Jobs.Submit(cluster.Request("out"), Cancellation);
        await reached.Task.WaitAsync(JobCluster.Patience, Cancellation);
        await cluster.RestartAsync();
        cluster.Replica.Gate = _ => Task.CompletedTask;

        var again = await cluster.Jobs.Submit(cluster.Request("out"), Cancellation);

        Assert.Equal(reply.Job!.JobId, again.Job!.JobId);
        var end = await cluster.EndOfAsync(again.Job.JobId);
        Assert.Equal((JobState.Succeeded, 45L, 5L), (end.State, end.RowsScored, end.RowsBad));
    }
}
