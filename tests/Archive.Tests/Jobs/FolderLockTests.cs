using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Archive.Tests.Jobs;

public sealed class FolderLockTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Take_ByManyAtOnce_LetsOneInAtATime()
    {
        using var bench = new JobBench();
        var folder = bench.Folder();
        Directory.CreateDirectory(folder.Root);
        var (inside, most) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                using var held = await FolderLock.TakeAsync(new JobFolder(folder.Root), Cancellation);
                most = Math.Max(most, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
            },
            Cancellation))).WaitAsync(JobBench.Patience, Cancellation);

        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Take_WhileItIsHeld_CanBeCancelled()
    {
        using var bench = new JobBench();
        Directory.CreateDirectory(bench.OutputPath);
        using var held = await FolderLock.TakeAsync(bench.Folder(), Cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var waiting = FolderLock.TakeAsync(bench.Folder(), stop.Token);
        Assert.False(waiting.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => waiting.WaitAsync(JobBench.Patience, Cancellation));
    }

    [Fact]
    public async Task Take_OfAFolderThatIsGone_Throws()
    {
        using var bench = new JobBench();

        await Assert.ThrowsAnyAsync<IOException>(() => FolderLock.TakeAsync(bench.Folder(), Cancellation));
    }
}
