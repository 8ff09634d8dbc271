using ScoringCluster.Core;
using ScoringCluster.Gateway.Protocols.Oip;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Gateway.Tests.Protocols.Oip;

public sealed class InferRequestCheckTests
{
    /// <summary>Others are explained, which a good request has no time for.</summary>
    [Theory]
    [InlineData(-1, -1, true, true)]
    [InlineData(7, -1, false, true)]
    [InlineData(-1, 4, false, true)]
    [InlineData(-1, -1, false, false)]
    [InlineData(7, 4, false, false)]
    public void IsWhole_InputWithData_HoweverItCame(int dataAt, int binarySize, bool inBlock, bool isWhole)
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        using var bytes = new WireBytes(pool.Rent(4), 4);
        var input = new InferInput
        {
            Name = "x",
            DataType = "FP32",
            Shape = [1],
            DataAt = dataAt,
            BinarySize = binarySize < 0 ? null : binarySize,
            Bytes = inBlock ? bytes : null,
        };

        Assert.Equal(isWhole, InferRequestCheck.IsWhole(input));
    }
}
