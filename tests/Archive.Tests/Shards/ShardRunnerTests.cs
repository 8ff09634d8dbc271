using ScoringCluster.Archive.Inputs;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Tests.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Tests.Shards;

public sealed class ShardRunnerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithBadFiles_BatchesConsecutiveGoodRowsAndReportsTheOthers()
    {
        using var bench = new JobBench();
        string[] texts = ["1", "bad", "2", "3", "bad", "4", "5"];
        for (var i = 0; i < texts.Length; i++)
        {
            bench.Write($"{i}.png", texts[i]);
        }

        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder, bench.Spec with { ShardRows = 7 });
        Assert.Null(await bench.Runner(folder, pins, inFlight: 1).RunAsync(Cancellation));

        Assert.Equal(
            [['1', '2'], ['3', '4'], ['5']],
            bench.Scorer.Batches.Select(batch => batch.Select(v => (char)v).ToArray()));
        var receipt = Assert.Single(bench.Commits);
        Assert.Equal((5, 2), (receipt.Scored, receipt.Bad));
        Assert.Equal(
            [("1.png", "InputUnreadable", "no image"), ("4.png", "InputUnreadable", "no image")],
            await ShardReading.ErrorsAsync(folder.ErrorsFile(0)));
        Assert.Equal(
            ["0.png", "2.png", "3.png", "5.png", "6.png"],
            (await ShardReading.TextAsync(folder.ShardFile(0), 0)));
    }

    [Fact]
    public async Task Run_WithAFileChangedSinceThePlan_MakesItAnErrorRow()
    {
        using var bench = new JobBench().WithFiles(3);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        await File.AppendAllTextAsync(Path.Combine(bench.Input, "a/0000.png"), "more", Cancellation);
        File.Delete(Path.Combine(bench.Input, "b/0001.png"));
        File.SetLastWriteTimeUtc(Path.Combine(bench.Input, "c/0002.png"), DateTime.UnixEpoch);

        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));

        var errors = await ShardReading.ErrorsAsync(folder.ErrorsFile(0));
        Assert.Equal(["a/0000.png", "b/0001.png", "c/0002.png"], errors.Select(error => error.Path));
        Assert.All(errors, error => Assert.Contains("changed since the job was planned", error.Message));
        Assert.Empty(bench.Scorer.Batches);
        Assert.Empty(await ShardReading.TextAsync(folder.ShardFile(0), 0));
    }

    [Fact]
    public async Task Run_WhereTheSystemFailsToReadAFile_StopsInsteadOfCallingTheRowBad()
    {
        using var bench = new JobBench().WithFiles(3);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);

        // A link that leads to itself cannot be opened, and it is neither gone nor denied.
        var broken = Path.Combine(bench.Input, "b/0001.png");
        File.Delete(broken);
        File.CreateSymbolicLink(broken, broken);

        var run = bench.Runner(folder, pins).RunAsync(Cancellation);
        await bench.AdvanceUntilEndOf(run);

        Assert.Equal(FaultKind.InputUnreadable, (await run)?.Kind);
        Assert.Contains("b/0001.png", (await run)?.Message);
        Assert.Empty(Directory.GetFiles(folder.ReceiptsFolder));
        Assert.Empty(Directory.GetFiles(folder.ClaimsFolder));
    }

    [Fact]
    public async Task Run_WithAnotherListOfInputs_IsAConflictAndCommitsNothing()
    {
        using var bench = new JobBench().WithFiles(12);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        await using (var stream = File.Create(folder.InputsFile))
        {
            await InputList.WriteAsync(
                stream, Enumerable.Range(0, 12).Select(i => new InputRow($"{i}.png", 1, 1)), 100, Cancellation);
        }

        var fault = await bench.Runner(folder, pins).RunAsync(Cancellation);

        Assert.Equal(FaultKind.JobConflict, fault?.Kind);
        Assert.Contains("inputs.parquet", fault?.Message);
        Assert.Empty(Directory.GetFiles(folder.ReceiptsFolder));
    }

    [Fact]
    public async Task Run_WhereTheOutputCannotBeWritten_IsAFaultThatNamesIt()
    {
        using var bench = new JobBench().WithFiles(12);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        Directory.Delete(folder.ReceiptsFolder);

        var fault = await bench.Runner(folder, pins).RunAsync(Cancellation);

        Assert.Equal(FaultKind.OutputUnwritable, fault?.Kind);
        Assert.Contains(folder.Root, fault?.Message);
    }

    [Fact]
    public async Task Run_WhereTheModelFailsOnARow_FailsThatRowAlone()
    {
        using var bench = new JobBench();
        foreach (var text in (string[])["1", "2", "3", "4"])
        {
            bench.Write($"{text}.png", text);
        }

        bench.Scorer.Fail = values => values.Contains('3') ? new(FaultKind.ModelFailed, "op Log: negative") : null;
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder, bench.Spec with { BatchRows = 4 });
        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));

        Assert.Equal([("3.png", "ModelFailed", "op Log: negative")],
            await ShardReading.ErrorsAsync(folder.ErrorsFile(0)));
        Assert.Equal(["1.png", "2.png", "4.png"], await ShardReading.TextAsync(folder.ShardFile(0), 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_OnlyDeterministicJobs_HaveBatchesOfTheirOwnAndPadThem(bool deterministic)
    {
        using var bench = new JobBench().WithFiles(12);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder, bench.Spec with { Deterministic = deterministic });

        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));

        Assert.All(bench.Scorer.Forms, form => Assert.Equal((deterministic, deterministic ? 2 : 0), form));
    }

    [Fact]
    public async Task Run_WhereTheModelFailsOnASharedRow_RunsItAgainAlone()
    {
        using var bench = new JobBench();
        foreach (var text in (string[])["1", "2", "3", "4"])
        {
            bench.Write($"{text}.png", text);
        }

        bench.Scorer.Fail = values => values.Contains('3') ? new(FaultKind.ModelFailed, "op Log: negative") : null;
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder, bench.Spec with { BatchRows = 4, Deterministic = false });
        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));

        Assert.Equal([false, true, true, true, true], bench.Scorer.Forms.Select(form => form.Exclusive));
        Assert.Equal(["1.png", "2.png", "4.png"], await ShardReading.TextAsync(folder.ShardFile(0), 0));
    }

    [Fact]
    public async Task Run_WhereTheReplicaIsGone_StopsWithThatFaultAndGivesItsClaimsBack()
    {
        using var bench = new JobBench().WithFiles(30);
        bench.Scorer.Fail = _ => new(FaultKind.ReplicaGone, "unloaded");
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);

        var fault = await bench.Runner(folder, pins).RunAsync(Cancellation);

        Assert.Equal(FaultKind.ReplicaGone, fault?.Kind);
        Assert.Empty(Directory.GetFiles(folder.ClaimsFolder));
        Assert.Empty(Directory.GetFiles(folder.ReceiptsFolder));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_Cancelled_GivesItsClaimsBack(bool answersWithAFault)
    {
        using var bench = new JobBench().WithFiles(30);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var scoring = new TaskCompletionSource();
        bench.Scorer.Gate = async token =>
        {
            scoring.TrySetResult();
            var options = answersWithAFault ? ConfigureAwaitOptions.SuppressThrowing : ConfigureAwaitOptions.None;
            await new TaskCompletionSource().Task.WaitAsync(token).ConfigureAwait(options);
        };
        bench.Scorer.Fail = _ => new(FaultKind.Cancelled, "the caller went away");
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        var run = bench.Runner(folder, pins).RunAsync(stop.Token);
        await scoring.Task.WaitAsync(JobBench.Patience, Cancellation);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(JobBench.Patience, Cancellation));
        Assert.Empty(Directory.GetFiles(folder.ClaimsFolder));
    }

    [Fact]
    public async Task Run_WhereOneShardMeetsADefect_StopsTheOthersAndThrows()
    {
        using var bench = new JobBench().WithFiles(30);
        var first = 0;
        bench.Scorer.Gate = async token =>
        {
            if (Interlocked.Increment(ref first) == 1)
            {
                throw new IOException("the disk is full");
            }

            await new TaskCompletionSource().Task.WaitAsync(token);
        };
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);

        var exception = await Assert.ThrowsAsync<IOException>(
            () => bench.Runner(folder, pins).RunAsync(Cancellation).WaitAsync(JobBench.Patience, Cancellation));

        Assert.Equal("the disk is full", exception.Message);
        Assert.Empty(Directory.GetFiles(folder.ClaimsFolder));
    }

    [Fact]
    public async Task Run_OfTwoRunners_ScoresEveryRowOnce()
    {
        using var bench = new JobBench().WithFiles(60);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        var owners = new LiveOwners("one", "two");

        var faults = await Task.WhenAll(
            bench.Runner(folder, pins, "one", owners).RunAsync(Cancellation),
            bench.Runner(folder, pins, "two", owners).RunAsync(Cancellation))
            .WaitAsync(JobBench.Patience, Cancellation);

        Assert.All(faults, Assert.Null);
        Assert.Equal(Enumerable.Range(0, 12), bench.Commits.Select(receipt => receipt.Shard).Order());
        Assert.Equal(60, bench.Scorer.Batches.Sum(batch => batch.Length));
        var tally = new JobTally(pins);
        tally.Add(3, 5, 0);
        var (receipts, fault) = await JobReader.ReadReceiptsAsync(folder, pins, tally.Missing, Cancellation);
        Assert.Null(fault);
        foreach (var receipt in receipts)
        {
            tally.Add(receipt.Shard, receipt.Scored, receipt.Bad);
        }

        Assert.True(tally.IsComplete);
        Assert.Equal((60L, 0L, 12), tally.ToProgress(default) is var p ? (p.Scored, p.Bad, p.Committed) : default);
    }
}
