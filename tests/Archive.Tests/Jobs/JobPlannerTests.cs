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

    [Theory]
    [InlineData(true, "deterministic: pinned true, asked false")]
    [InlineData(false, "deterministic: pinned false, asked true")]
    public async Task Plan_OfAJobThatIsDeterministicOrNot_IsNoOther(bool deterministic, string difference)
    {
        using var bench = new JobBench().WithFiles(3);
        var pins = await bench.PlanAsync(bench.Folder(), bench.Spec with { Deterministic = deterministic });

        var other = await bench.TryPlanAsync(bench.Spec with { Deterministic = !deterministic });
        bench.Output = "other";
        var elsewhere = await bench.PlanAsync(bench.Folder(), bench.Spec with { Deterministic = !deterministic });

        Assert.Equal(FaultKind.JobConflict, other.Fault?.Kind);
        Assert.Contains(difference, other.Fault?.Message);
        Assert.Equal((deterministic, !deterministic), (pins.Deterministic, elsewhere.Deterministic));
        Assert.NotEqual(pins.Job, elsewhere.Job);
    }

    [Fact]
    public async Task Plan_OfAJobJsonThatDoesNotSay_IsDeterministic()
    {
        using var bench = new JobBench().WithFiles(3);
        var job = bench.Folder().JobFile;
        await bench.PlanAsync(bench.Folder());
        var text = await File.ReadAllTextAsync(job, Cancellation);
        Assert.Contains("\"deterministic\": true,", text);
        await File.WriteAllTextAsync(job, text.Replace("\"deterministic\": true,", ""), Cancellation);

        Assert.True((await bench.PlanAsync(bench.Folder())).Deterministic);
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
        Assert.False(Directory.Exists(bench.OutputPath));
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

    [Theory]
    [InlineData("receipts/part-00000.json")]
    [InlineData("shards/part-00000.parquet")]
    [InlineData("errors/part-00000.parquet")]
    [InlineData("claims/part-00000-0001.json")]
    [InlineData("progress.json")]
    [InlineData("manifest.json")]
    [InlineData("_SUCCESS")]
    public async Task Plan_WhereOnlyJobJsonIsGone_RefusesAndSaysWhatToDo(string left)
    {
        using var bench = new JobBench().WithFiles(3);
        var path = bench.WriteOutput(left);

        var plan = await bench.TryPlanAsync();

        Assert.Equal(FaultKind.JobConflict, plan.Fault?.Kind);
        Assert.Contains($"'{left}'", plan.Fault?.Message);
        Assert.Contains("put its job.json back", plan.Fault?.Message);
        Assert.Equal([path], Directory.GetFiles(bench.OutputPath, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Plan_OfAnotherModelWhereJobJsonIsGone_AdoptsNoReceipt()
    {
        using var bench = new JobBench().WithFiles(12);
        await bench.WorkAsync();
        File.Delete(bench.Folder().JobFile);

        var plan = await bench.TryPlanAsync(bench.Spec with { ModelDigest = "d2" });

        Assert.Equal(FaultKind.JobConflict, plan.Fault?.Kind);
    }

    [Theory]
    [InlineData("tmp/mine.txt")]
    [InlineData("errors/mine.txt")]
    [InlineData("claims/mine.txt")]
    [InlineData("receipts/deeper/mine.txt")]
    [InlineData("shards")]
    [InlineData("inputs.parquet")]
    [InlineData("plan.json")]
    public async Task Plan_IntoAFolderWithForeignThingsUnderOurNames_TouchesNothing(string foreign)
    {
        using var bench = new JobBench().WithFiles(3);
        var path = bench.WriteOutput(foreign);

        var plan = await bench.TryPlanAsync();

        Assert.Equal(FaultKind.JobConflict, plan.Fault?.Kind);
        Assert.Contains(foreign.Split('/')[0], plan.Fault?.Message);
        Assert.Equal([path], Directory.GetFiles(bench.OutputPath, "*", SearchOption.AllDirectories));
        Assert.Equal("mine", await File.ReadAllTextAsync(path, Cancellation));
    }

    [Fact]
    public async Task Plan_IntoAFileOrBelowOneOrUnderANameTooLong_IsAFaultThatNamesIt()
    {
        using var bench = new JobBench().WithFiles(3);
        bench.WriteOutput("../file");
        foreach (var output in (string[])["file", "file/below", new string('x', 300)])
        {
            bench.Output = output;

            var plan = await bench.TryPlanAsync();

            Assert.Equal(FaultKind.OutputUnwritable, plan.Fault?.Kind);
            Assert.Contains(bench.OutputPath, plan.Fault?.Message);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    public async Task Plan_WithADamagedJobJson_IsAFaultThatNamesIt(string text)
    {
        using var bench = new JobBench().WithFiles(3);
        await bench.PlanAsync(bench.Folder());
        await File.WriteAllTextAsync(bench.Folder().JobFile, text, Cancellation);

        var plan = await bench.TryPlanAsync();

        Assert.Equal(FaultKind.JobConflict, plan.Fault?.Kind);
        Assert.Contains("job.json", plan.Fault?.Message);
    }

    [Fact]
    public async Task Plan_OfAnotherManifest_NamesOnlyTheFieldsThatDiffer()
    {
        using var bench = new JobBench().WithFiles(3);
        var spec = bench.Spec with { Manifest = """{"input":{"height":128,"width":50},"classes":["a","b"]}""" };
        await bench.PlanAsync(bench.Folder(), spec);

        var plan = await bench.TryPlanAsync(
            spec with { Manifest = """{"classes":["a","c"],"input":{"height":50,"width":50,"mean":[1]}}""" });

        Assert.EndsWith(
            """manifest: classes[1] "b" → "c", input.height 128 → 50, input.mean[0] none → 1""", plan.Fault?.Message);
    }

    [Fact]
    public async Task Plan_WhereTheInputListIsReplacedWhilePlanning_IsAConflict()
    {
        using var bench = new JobBench().WithFiles(3);
        var folder = bench.Folder(step =>
        {
            if (step == JobStep.PlanWritten)
            {
                // What another process does where the file system has no locks.
                File.WriteAllText(bench.Folder().InputsFile, "another list");
            }
        });

        var plan = await new JobPlanner(bench.Time).PlanAsync(folder, bench.Spec, Cancellation);

        Assert.Equal(FaultKind.JobConflict, plan.Fault?.Kind);
        Assert.Contains("inputs.parquet", plan.Fault?.Message);
    }

    [Fact]
    public async Task Plan_OfTwoAtOnceWithDifferentInputs_LeavesTheListThatIsPinned()
    {
        using var bench = new JobBench().WithFiles(3);
        Task<JobPlanResult>? second = null;
        var folder = bench.Folder(step =>
        {
            if (step == JobStep.InputsListed)
            {
                bench.Write("new.png", "image");
                second = Task.Run(() => bench.TryPlanAsync(), Cancellation);
            }
        });

        var first = await new JobPlanner(bench.Time).PlanAsync(folder, bench.Spec, Cancellation);
        var other = await second!.WaitAsync(JobBench.Patience, Cancellation);

        Assert.Null(first.Fault);
        Assert.Equal(FaultKind.JobConflict, other.Fault?.Kind);
        Assert.Contains("list of inputs", other.Fault?.Message);
        Assert.Equal(first.Pins!.InputsSha256, await DurableFile.Sha256Async(folder.InputsFile, Cancellation));
    }

    private static string JobText(JobPins pins) =>
        System.Text.Encoding.UTF8.GetString(DurableFile.Json(pins, JobJson.Default.JobPins));
}
