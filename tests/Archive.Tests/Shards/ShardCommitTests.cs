using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Shards;
using ScoringCluster.Archive.Tests.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Tests.Shards;

public sealed class ShardCommitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commit_OfTheSameContentTwice_IsDone()
    {
        using var bench = new JobBench().WithFiles(3);
        var folder = bench.Folder();
        var draft = Draft(await bench.PlanAsync(folder));

        var first = await CommitAsync(bench, folder, draft, [1, 2, 3], null);
        var second = await CommitAsync(bench, folder, draft with { Attempt = 2, Replica = "other" }, [1, 2, 3], null);

        Assert.Null(second.Fault);
        Assert.Equal(first.Receipt!.Replica, second.Receipt!.Replica);
        Assert.Empty(Directory.GetFiles(folder.AsideFolder));
    }

    [Fact]
    public async Task Commit_OfOtherContent_IsAConflictAndChangesNothing()
    {
        using var bench = new JobBench().WithFiles(3);
        var folder = bench.Folder();
        var draft = Draft(await bench.PlanAsync(folder));
        await CommitAsync(bench, folder, draft, [1, 2, 3], null);

        var (receipt, fault) = await CommitAsync(bench, folder, draft, [9], [7]);

        Assert.Null(receipt);
        Assert.Equal(FaultKind.ShardConflict, fault?.Kind);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(folder.ShardFile(0), Cancellation));
        Assert.False(File.Exists(folder.ErrorsFile(0)));
    }

    [Fact]
    public async Task Commit_AfterADifferentCrashedAttempt_ReplacesItsFiles()
    {
        using var bench = new JobBench().WithFiles(3);
        var folder = bench.Folder();
        var draft = Draft(await bench.PlanAsync(folder));
        await File.WriteAllBytesAsync(folder.ShardFile(0), [5], Cancellation);
        await File.WriteAllBytesAsync(folder.ErrorsFile(0), [5], Cancellation);

        var (receipt, _) = await CommitAsync(bench, folder, draft, [1, 2, 3], null);

        Assert.Equal(["shards/part-00000.parquet"], receipt!.Files.Select(file => file.Path));
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(folder.ShardFile(0), Cancellation));
        Assert.False(File.Exists(folder.ErrorsFile(0)));
    }

    [Fact]
    public async Task Commit_OfManyAtOnce_HasOneWinner()
    {
        using var bench = new JobBench().WithFiles(3);
        var folder = bench.Folder();
        var draft = Draft(await bench.PlanAsync(folder));

        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(
            () => CommitAsync(bench, folder, draft with { Replica = $"{i}" }, [1, 2, 3], [4]), Cancellation)));

        Assert.All(all, outcome => Assert.Null(outcome.Fault));
        Assert.Single(all.Select(outcome => outcome.Receipt!.Replica).Distinct());
    }

    [Fact]
    public async Task Commit_OfManyAtOnceWithOtherContentEach_LeavesTheFileThatTheReceiptProves()
    {
        using var bench = new JobBench().WithFiles(3);
        var folder = bench.Folder();
        var draft = Draft(await bench.PlanAsync(folder));

        var all = await Task.WhenAll(Enumerable.Range(1, 16).Select(i => Task.Run(
            () => CommitAsync(bench, bench.Folder(), draft with { Replica = $"{i}" }, [(byte)i], null),
            Cancellation)));

        var winner = Assert.Single(all, outcome => outcome.Receipt is not null).Receipt!;
        Assert.Equal([byte.Parse(winner.Replica)], await File.ReadAllBytesAsync(folder.ShardFile(0), Cancellation));
        Assert.All(all.Where(outcome => outcome.Receipt is null),
            outcome => Assert.Equal(FaultKind.ShardConflict, outcome.Fault?.Kind));
        Assert.Empty(Directory.GetFiles(folder.AsideFolder));
    }

    [Fact]
    public async Task Commit_WhereAnotherAttemptReplacesTheFileMeanwhile_PutsTheProvedBytesBack()
    {
        using var bench = new JobBench().WithFiles(3);

        // What two attempts do to each other where the file system has no locks.
        var folder = bench.Folder(step =>
        {
            if (step == JobStep.ReceiptWritten)
            {
                File.WriteAllBytes(bench.Folder().ShardFile(0), [9]);
            }
        });
        var draft = Draft(await bench.PlanAsync(folder));

        var (receipt, fault) = await CommitAsync(bench, folder, draft, [1, 2, 3], null);

        Assert.Null(fault);
        Assert.Equal(3, receipt!.Files[0].Size);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(folder.ShardFile(0), Cancellation));
    }

    [Fact]
    public async Task Commit_WhereAnotherProcessFinishedTheJobMeanwhile_IsDone()
    {
        using var bench = new JobBench().WithFiles(3);
        var draft = Draft(await bench.PlanAsync(bench.Folder()));
        await CommitAsync(bench, bench.Folder(), draft, [1, 2, 3], null);
        var receipt = await File.ReadAllBytesAsync(bench.Folder().ReceiptFile(0), Cancellation);
        File.Delete(bench.Folder().ReceiptFile(0));
        var late = bench.Folder(step =>
        {
            if (step == JobStep.DataWritten)
            {
                File.WriteAllBytes(bench.Folder().ReceiptFile(0), receipt);
                Directory.Delete(bench.Folder().AsideFolder, recursive: true);
            }
        });

        var outcome = await CommitAsync(bench, late, draft with { Replica = "late" }, [1, 2, 3], null);

        Assert.Null(outcome.Fault);
        Assert.Equal("one", outcome.Receipt!.Replica);
    }

    private static Task<(Receipt? Receipt, ScoringFault? Fault)> CommitAsync(
        JobBench bench, JobFolder folder, Receipt draft, byte[] scores, byte[]? errors) =>
        ShardCommit.CommitAsync(folder, draft, scores, errors, bench.Time, Cancellation);

    private static Receipt Draft(JobPins pins) => new()
    {
        Job = pins.Job,
        ModelDigest = pins.ModelDigest,
        InputsSha256 = pins.InputsSha256,
        Shard = 0,
        FirstRow = 0,
        Rows = 3,
        Scored = 3,
        Bad = 0,
        Files = [],
        Attempt = 1,
        Replica = "one",
        Execution = JobBench.Execution,
        Started = default,
        Committed = default,
    };
}
