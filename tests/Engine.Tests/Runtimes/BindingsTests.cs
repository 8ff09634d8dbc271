using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Runtimes;

public sealed class BindingsTests
{
    [Fact]
    public void Check_AnotherShape_SaysWhatIsExpectedAndWhatCame()
    {
        using var input = Tensor.Rent(TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(4, 3));

        var fault = Bindings.Check(FakeModelRuntime.Signature, [input], [null]);

        Assert.Equal("x: The input is FP32[4,3]; FP32[-1,2] is expected.", fault?.ToString());
    }
}
