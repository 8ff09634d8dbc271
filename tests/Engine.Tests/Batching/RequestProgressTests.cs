using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class RequestProgressTests
{
    [Fact]
    public async Task Add_AnswerOf2GiB_FailsWithAReason()
    {
        const int Parts = 3;
        using var pool = new TensorBlockPool(TimeProvider.System);
        var request = EngineFixture.Request(Parts, 0, pool: pool);
        var progress = new RequestProgress(null!, request, Parts, new FakeTimeProvider());
        var group = new BatchGroup(new SignatureCost(FakeModelRuntime.Signature), request.Inputs);
        for (var i = 0; i < Parts; i++)
        {
            // Nobody touches the memory, so that the system never has to provide it.
            using var output = Tensor.Rent(pool, "y", ElementType.Float32, TensorShape.Of(1, 200_000_000));
            progress.Parts[i] = new QueuedWork(progress, i, i, 1, 8, group);
            progress.Add(progress.Parts[i], [output], 0, TimeSpan.Zero, 1);
        }

        var outcome = await progress.Answer.Within("the answer");

        Assert.Equal(FaultKind.ModelFailed, outcome.Fault?.Kind);
        Assert.Contains("send fewer", outcome.Fault!.Message, StringComparison.Ordinal);
    }
}
