using System.Security.Cryptography;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Tests.Jobs;

public sealed class JobFinisherTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finish_OfACompleteJob_ListsEveryFileWithItsTrueHash()
    {
        using var bench = new JobBench().WithFiles(12, bad: 5);

        var manifest = await bench.WorkAsync();

        Assert.Equal((12L, 11L, 1L, 3, true),
            (manifest.Rows, manifest.Scored, manifest.Bad, manifest.Shards, manifest.Reproducible));
        Assert.Equal(3 + 1 + 1, manifest.Files.Length);
        Assert.All(manifest.Files, file =>
        {
            var bytes = File.ReadAllBytes(Path.Combine(bench.OutputPath, file.Path));
            Assert.Equal(file.Size, bytes.Length);
            Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        });
    }

    [Fact]
    public async Task Finish_OfAJobThatIsNotDeterministic_IsCompleteAndNotReproducible()
    {
        using var bench = new JobBench().WithFiles(12, bad: 5);
        await bench.WorkAsync();
        var fixedBatches = bench.Data();
        bench.Output = "shared";

        var manifest = await bench.WorkAsync(spec: bench.Spec with { Deterministic = false });

        Assert.Equal((12L, 11L, 1L, false), (manifest.Rows, manifest.Scored, manifest.Bad, manifest.Reproducible));
        Assert.Equal(fixedBatches, bench.Data());
    }

    [Fact]
    public async Task Finish_WithAFlippedByte_NamesTheFileAndDoesNotSucceed()
    {
        using var bench = new JobBench().WithFiles(12);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));
        var bytes = await File.ReadAllBytesAsync(folder.ShardFile(1), Cancellation);
        bytes[10] ^= 1;
        await File.WriteAllBytesAsync(folder.ShardFile(1), bytes, Cancellation);

        var finish = await new JobFinisher(bench.Time).FinishAsync(folder, pins, Cancellation);

        Assert.Equal(FaultKind.ShardConflict, finish.Fault?.Kind);
        Assert.Contains("shards/part-00001.parquet", finish.Fault?.Message);
        Assert.False(folder.IsFinished);
    }

    [Fact]
    public async Task Finish_WithoutAReceipt_NamesTheShard()
    {
        using var bench = new JobBench().WithFiles(12);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));
        File.Delete(folder.ReceiptFile(2));

        var finish = await new JobFinisher(bench.Time).FinishAsync(folder, pins, Cancellation);

        Assert.Contains("Shard 2", finish.Fault?.Message);
    }

    [Fact]
    public async Task Finish_WithReceiptsOfAnotherModelOrList_NamesWhatDiffers()
    {
        using var bench = new JobBench().WithFiles(12);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));

        foreach (var other in (JobPins[])[pins with { ModelDigest = "d2" }, pins with { InputsSha256 = "0" }])
        {
            var finish = await new JobFinisher(bench.Time).FinishAsync(folder, other, Cancellation);

            Assert.Equal(FaultKind.ShardConflict, finish.Fault?.Kind);
            Assert.Contains("receipts/part-00000.json", finish.Fault?.Message);
            Assert.False(folder.IsFinished);
        }
    }

    [Fact]
    public async Task Finish_WithAManifestOfAnotherJob_IsAConflict()
    {
        using var bench = new JobBench().WithFiles(12);
        await bench.WorkAsync();
        var pins = await bench.PlanAsync(bench.Folder());

        var finish = await new JobFinisher(bench.Time).FinishAsync(
            bench.Folder(), pins with { ModelDigest = "d2" }, Cancellation);

        Assert.Equal(FaultKind.JobConflict, finish.Fault?.Kind);
        Assert.Contains("manifest.json", finish.Fault?.Message);
    }

    [Fact]
    public async Task Finish_BesideForeignFiles_RemovesOnlyWhatAJobWrites()
    {
        using var bench = new JobBench().WithFiles(12);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));
        string[] foreign =
            ["tmp/mine.txt", "errors/mine.parquet", "shards/notes/part-00009.parquet", "claims/mine.json", "mine.txt"];
        Array.ForEach(foreign, file => bench.WriteOutput(file));
        bench.WriteOutput("errors/part-00001.parquet");
        await File.WriteAllTextAsync(folder.Aside(folder.ShardFile(0)), "half", Cancellation);

        Assert.Null((await new JobFinisher(bench.Time).FinishAsync(folder, pins, Cancellation)).Fault);

        Assert.All(foreign, file => Assert.True(File.Exists(Path.Combine(bench.OutputPath, file)), file));
        Assert.False(File.Exists(folder.ErrorsFile(1)));
        Assert.Single(Directory.GetFiles(folder.AsideFolder));
        Assert.Single(Directory.GetFiles(folder.ClaimsFolder));
    }

    [Fact]
    public async Task Finish_WhereNoRowWasScored_FailsWithTheFirstReason()
    {
        using var bench = new JobBench().WithFiles(6, bad: [0, 1, 2, 3, 4, 5]);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));

        var finish = await new JobFinisher(bench.Time).FinishAsync(folder, pins, Cancellation);

        Assert.Equal(FaultKind.InputUnreadable, finish.Fault?.Kind);
        Assert.Contains("None of the 6 rows", finish.Fault?.Message);
        Assert.Contains("a/0000.png: no image", finish.Fault?.Message);
        Assert.False(folder.IsFinished);
    }

    [Fact]
    public async Task Finish_ByManyAtOnce_EndsAlike()
    {
        using var bench = new JobBench().WithFiles(12);
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        Assert.Null(await bench.Runner(folder, pins).RunAsync(Cancellation));

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => new JobFinisher(bench.Time).FinishAsync(bench.Folder(), pins, Cancellation), Cancellation)));

        Assert.All(all, finish => Assert.Equal(12, finish.Manifest?.Scored));
    }

    [Fact]
    public async Task Finish_OfASuccessWithoutItsManifest_WritesItAgain()
    {
        using var bench = new JobBench().WithFiles(12);
        await bench.WorkAsync();
        File.Delete(bench.Folder().ManifestFile);

        var manifest = await bench.WorkAsync();

        Assert.Equal(12, manifest.Scored);
        Assert.True(File.Exists(bench.Folder().ManifestFile));
    }
}
