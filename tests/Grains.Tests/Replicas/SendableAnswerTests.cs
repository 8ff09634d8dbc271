using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Grains.Replicas;

namespace ScoringCluster.Grains.Tests.Replicas;

public sealed class SendableAnswerTests
{
    private static readonly ReplicaKey _replica = new("silo-0", DeviceId.Cpu(0), new ModelRef("m", 1));

    [Fact]
    public void Sendable_AnswerThatFitsAMessage_IsTheAnswer()
    {
        var answer = Answer(Limits.MessageTensorBytesMax / sizeof(float));

        Assert.Same(answer, ReplicaGrain.Sendable(answer, rows: 1));

        answer.Outputs[0].Dispose();
    }

    [Fact]
    public void Sendable_AnswerThatDoesNot_IsAFaultAndItsBlocksAreBack()
    {
        var answer = Answer((Limits.MessageTensorBytesMax / sizeof(float)) + 1);

        var sent = ReplicaGrain.Sendable(answer, rows: 7);

        Assert.Equal((FaultKind.RequestTooLarge, _replica), (sent.Fault?.Kind, sent.Replica));
        Assert.Contains("7 rows", sent.Fault!.Message, StringComparison.Ordinal);
        Assert.Empty(sent.Outputs);
        Assert.Throws<ObjectDisposedException>(() => answer.Outputs[0].Bytes.Length);
    }

    /// <summary>An answer of so many numbers, whose memory nobody touches.</summary>
    private static ScoreAnswer Answer(int numbers) => new()
    {
        Replica = _replica,
        Outputs = [Tensor.Rent(TensorBlockPool.Shared, "y", ElementType.Float32, TensorShape.Of(1, numbers))],
    };
}
