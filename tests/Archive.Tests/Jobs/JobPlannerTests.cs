using ScoringCluster.Archive.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Tests.Jobs;

public sealed class JobPlannerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plan_AskedTwice_IsTheSameJob()
    {
        using var bench = new JobBench().WithFiles(12);
        var first = await bench.PlanAsync(bench.Folder());
        var files = Directory.GetFiles(bench.OutputPath).Order().ToArray();

        bench.Time.Advance(TimeSpan.FromDays(1));
        var second = await bench.PlanAsync(
            new JobFolder(bench.OutputPath + "/"),
            bench.Spec with { ShardRows = 7, BatchRows = 4, Input = bench.Input + "/./" });

        Assert.Equal(JobText(first), JobText(second));
        Assert.Equal(files, Directory.GetFiles(bench.OutputPath).Order());
        Assert.Equal(5, second.ShardRows);
    }

    [Fact]
    public async Task Plan_OfAnotherModel_NamesBothDigests()
    {
        using var bench = new JobBench().WithFiles(3);
        await bench.PlanAsync(bench.Folder(), bench.Spec with { Job = "night" });

        var other = await new JobPlanner(bench.Time).PlanAsync(
            bench.Folder(), bench.Spec with { Job = "night", ModelDigest = "d2" }, Cancellation);

        Assert.Equal(FaultKind.JobConflict, other.Fault?.Kind);
        Assert.Contains("model digest: pinned d1, asked d2", other.Fault?.Message);
    }

    [Fact]
    public async Task Plan_OfChangedInputs_IsTheJobOnlyWhereItsIdIsGiven()
    {
        using var bench = new JobBench().WithFiles(3);
        var pins = await bench.PlanAsync(bench.Folder());
        bench.Write("new.png", "image");

        var derived = await new JobPlanner(bench.Time).PlanAsync(bench.Folder(), bench.Spec, Cancellation);
        var given = await bench.PlanAsync(bench.Folder(), bench.Spec with { Job = pins.Job });

        Assert.Equal(FaultKind.JobConflict, derived.Fault?.Kind);
        Assert.Contains("list of inputs", derived.Fault?.Message);
        Assert.Equal(3, given.Rows);
    }

    [Fact]
    public async Task Plan_IntoAFolderOfOtherThings_TouchesNothing()
    {
        using var bench = new JobBench().WithFiles(3);
        var foreign = Path.Combine(Directory.CreateDirectory(bench.OutputPath).FullName, "thesis.txt");
        await File.WriteAllTextAsync(foreign, "mine", Cancellation);

        var plan = await new JobPlanner(bench.Time).PlanAsync(bench.Folder(), bench.Spec, Cancellation);

        Assert.Equal(FaultKind.JobConflict, plan.Fault?.Kind);
        Assert.Contains("thesis.txt", plan.Fault?.Message);
        Assert.Equal([foreign], Directory.GetFileSystemEntries(bench.OutputPath));
    }

    [Fact]
    public async Task Plan_WithoutImages_SaysSo()
    {
        using var bench = new JobBench();
        bench.Write("readme.txt", "no image");

        var plan = await new JobPlanner(bench.Time).PlanAsync(bench.Folder(), bench.Spec, Cancellation);

        Assert.Equal(FaultKind.InputUnreadable, plan.Fault?.Kind);
        Assert.Contains("holds no image", plan.Fault?.Message);
    }

    [Fact]
    public async Task Plan_WithAnInputListThatIsNotThePinnedOne_IsAConflict()
    {
        using var bench = new JobBench().WithFiles(3);
        await bench.PlanAsync(bench.Folder());
        await File.AppendAllTextAsync(bench.Folder().InputsFile, "x", Cancellation);

        var plan = await new JobPlanner(bench.Time).PlanAsync(bench.Folder(), bench.Spec, Cancellation);

        Assert.Contains("inputs.parquet", plan.Fault?.Message);
    }

    private static string JobText(JobPins pins) =>
        System.Text.Encoding.UTF8.GetString(DurableFile.Json(pins, JobJson.Default.JobPins));
}
