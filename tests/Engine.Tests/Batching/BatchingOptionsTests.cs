using Microsoft.Extensions.Options;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class BatchingOptionsTests
{
    [Fact]
    public void Validate_OutOfRange_ListsEveryFailure()
    {
        var options = new BatchingOptions { RowsMax = 0, QueueRowsMax = 0, QueueBytesMax = 0, ArchiveShare = 1 };

        var result = new BatchingOptionsValidator().Validate(Options.DefaultName, options);

        string[] named = [
            nameof(BatchingOptions.RowsMax), nameof(BatchingOptions.QueueRowsMax),
            nameof(BatchingOptions.QueueBytesMax), nameof(BatchingOptions.ArchiveShare)];
        Assert.Equal(named.Length, result.Failures!.Count());
        Assert.All(named, option => Assert.Contains(
            result.Failures!, failure => failure.Contains($"{option} must be", StringComparison.Ordinal)));
    }
}
