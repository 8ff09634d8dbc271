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
}
