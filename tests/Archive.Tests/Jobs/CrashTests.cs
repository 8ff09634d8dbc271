using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Archive.Tests.Jobs;

/// <summary>A job stopped after any step and started again ends with the bytes of an undisturbed one.</summary>
public sealed class CrashTests
{
    public static TheoryData<string, int> Steps()
    {
        var data = new TheoryData<string, int>();
        foreach (var step in Enum.GetNames<JobStep>())
        {
            data.Add(step, 1);
            data.Add(step, 3);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Job_StoppedAtAStepAndStartedAgain_WritesTheSameBytes(string step, int time)
    {
        using var bench = new JobBench().WithFiles(23, bad: [3, 4, 17]);
        bench.Output = "undisturbed";
        var undisturbed = await bench.WorkAsync();
        var expected = bench.Data();
        bench.Output = "disturbed";
        var stopAt = Enum.Parse<JobStep>(step);
        var reached = 0;

        var stopped = await Record.ExceptionAsync(() => bench.WorkAsync("first", at =>
        {
            if (at == stopAt && Interlocked.Increment(ref reached) == time)
            {
                throw new ProcessDied();
            }
        }));
        var manifest = await bench.WorkAsync("second");

        Assert.Equal(reached >= time, stopped is ProcessDied);
        Assert.Equal(expected, bench.Data());
        Assert.Equal((undisturbed.Rows, 20L, 3L), (manifest.Rows, manifest.Scored, manifest.Bad));
        Assert.True(bench.Folder().IsFinished);
        Assert.False(Directory.Exists(bench.Folder().ClaimsFolder));
        Assert.False(Directory.Exists(bench.Folder().AsideFolder));
    }

    [Fact]
    public async Task Job_WithClaimsAndFilesOfADeadProcess_AdoptsThem()
    {
        using var bench = new JobBench().WithFiles(12);
        bench.Output = "undisturbed";
        await bench.WorkAsync();
        var expected = bench.Data();
        bench.Output = "disturbed";
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);

        // What kill -9 leaves: claims that nobody released, half files aside, a data file without its receipt.
        var dead = new Archive.Shards.ShardClaims(
            folder, JobReader.PlanOf(pins), new("dead", "run"), new LiveOwners("dead"), bench.Time);
        Assert.NotNull(dead.TryClaim());
        Assert.NotNull(dead.TryClaim());
        await File.WriteAllTextAsync(
            folder.Aside(folder.ShardFile(0)), "half", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            folder.ErrorsFile(1), "errors that were met then only", TestContext.Current.CancellationToken);
        await bench.WorkAsync("second");

        Assert.Equal(expected, bench.Data());
        Assert.Equal([1, 2, 2], bench.Commits.TakeLast(3).Select(receipt => receipt.Attempt).Order());
    }

    private sealed class ProcessDied : Exception;
}
