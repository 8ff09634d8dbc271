using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Tests.Tensors;

/// <summary>Messages through the real serializer, as between two silos.</summary>
public sealed class TensorCodecTests
{
    private readonly Serializer _serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    [Fact]
    public void Tensor_RoundTrip_KeepsEverythingAndSendsOnlyTheBytesInUse()
    {
        var tensor = Tensor.Copy<float>(
            TensorBlockPool.Shared, "bild", ElementType.Float32, TensorShape.Of(2, 1, 3), [1, 2, 3, 4, 5, 6]);

        var capacity = tensor.Block.Capacity;

        var bytes = _serializer.SerializeToArray(tensor);
        using var read = _serializer.Deserialize<Tensor>(bytes)!;

        Assert.Equal(("bild", ElementType.Float32, TensorShape.Of(2, 1, 3)), (read.Name, read.Type, read.Shape));
        Assert.Equal([1f, 2, 3, 4, 5, 6], read.Values<float>().ToArray());
        Assert.InRange(bytes.Length, tensor.ByteLength, capacity - 1);
    }

    [Fact]
    public void Tensor_Written_IsHandedOver_AndItsBlockIsBackInItsPool()
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        var tensor = Tensor.Copy<float>(pool, "x", ElementType.Float32, TensorShape.Of(1), [1]);

        _serializer.SerializeToArray(tensor);

        Assert.Equal(256, pool.HeldBytes);
        Assert.Throws<ObjectDisposedException>(() => tensor.Bytes.Length);
        Assert.Throws<ObjectDisposedException>(tensor.Dispose);
    }

    [Fact]
    public void Tensor_WrittenTwice_FailsAlsoWhenItsBlockIsAnothers()
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        var tensor = Tensor.Copy<float>(pool, "x", ElementType.Float32, TensorShape.Of(1), [1]);
        _serializer.SerializeToArray(tensor);
        using var other = Tensor.Copy<float>(pool, "y", ElementType.Float32, TensorShape.Of(1), [42]);
        Assert.Equal(0, pool.HeldBytes);

        Assert.Throws<ObjectDisposedException>(() => _serializer.SerializeToArray(tensor));

        Assert.Equal(42, other.Values<float>()[0]);
    }

    [Fact]
    public void ScoreCommand_RoundTrip_KeepsScalarsStringsAndDeadline()
    {
        var command = new ScoreCommand
        {
            Signature = "serve",
            Inputs =
            [
                Tensor.Copy<float>(
                    TensorBlockPool.Shared, "threshold", ElementType.Float32, TensorShape.Scalar, [0.5f]),
                Tensor.Copy<byte>(
                    TensorBlockPool.Shared, "text", ElementType.Bytes, TensorShape.Of(1), [2, 0, 0, 0, 65, 66]),
            ],
            Outputs = ["y"],
            Rows = 1,
            Lane = Lane.Archive,
            TimeLeft = TimeSpan.FromMilliseconds(250),
            Priority = 2,
        };

        var read = _serializer.Deserialize<ScoreCommand>(_serializer.SerializeToArray(command))!;

        Assert.Equal(TensorShape.Scalar, read.Inputs[0].Shape);
        Assert.Equal(0.5f, read.Inputs[0].Values<float>()[0]);
        Assert.Equal([2, 0, 0, 0, 65, 66], read.Inputs[1].Bytes.ToArray());
        Assert.Equal(
            (command.Signature, command.Rows, command.Lane, command.TimeLeft, command.Priority),
            (read.Signature, read.Rows, read.Lane, read.TimeLeft, read.Priority));
        Assert.Equal(["y"], read.Outputs);
    }

    [Fact]
    public void ReplicaReport_RoundTrip_KeepsSignaturesWithUnknownRank()
    {
        var report = new ReplicaReport
        {
            Replica = new ReplicaKey("silo-0", DeviceId.Cpu(1), new ModelRef("m", 3)),
            State = ReplicaState.Ready,
            Signatures = [new ModelSignature(
                "s", [new TensorSpec("x", ElementType.Int64, TensorShape.UnknownRank)], [], false)],
        };

        var read = _serializer.Deserialize<ReplicaReport>(_serializer.SerializeToArray(report))!;

        Assert.Equal(report.Replica, read.Replica);
        Assert.False(Assert.Single(read.Signatures[0].Inputs).Shape.HasRank);
    }

    [Fact]
    public void ScoringFault_RoundTrip_KeepsViolationsAndHint()
    {
        var fault = ScoringFault.Invalid([new FaultViolation("inputs[x].shape", "expected [-1,4], got [2,5]")]) with
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        };

        var read = _serializer.Deserialize<ScoringFault>(_serializer.SerializeToArray(fault))!;

        Assert.Equal(fault.Kind, read.Kind);
        Assert.Equal("inputs[x].shape: expected [-1,4], got [2,5]", read.Message);
        Assert.Equal(fault.Violations, read.Violations);
        Assert.Equal(fault.RetryAfter, read.RetryAfter);
    }
}
