using System.Buffers.Binary;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Tests.Tensors;

/// <summary>What does not come from our writer is refused before memory is taken or an engine trusts it.</summary>
public sealed class TensorCodecSafetyTests
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    [Fact]
    public void Deserialize_OfAShapeThatTheBytesDoNotFill_IsRefused()
    {
        var e = Assert.Throws<InvalidDataException>(() => Serializer.Deserialize<Tensor>(Changed(2, 3)));

        Assert.Contains("[3,1]", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 62)]
    public void Deserialize_OfAnImpossibleDimension_IsRefused(long dimension) =>
        Assert.Throws<InvalidDataException>(() => Serializer.Deserialize<Tensor>(Changed(2, dimension)));

    [Fact]
    public void Deserialize_OfEveryTruncation_FailsAndNeverAnswersATensor()
    {
        var bytes = Written();
        for (var length = 0; length < bytes.Length - 1; length++)
        {
            Assert.ThrowsAny<Exception>(() => Serializer.Deserialize<Tensor>(bytes[..length]));
        }
    }

    [Fact]
    public void Deserialize_OfFlippedBytes_FailsOrAnswersATensorWhoseSizeFitsItsShape()
    {
        var bytes = Written();
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var mask in (byte[])[0x01, 0x10, 0x80, 0xFF])
            {
                var changed = bytes.ToArray();
                changed[at] ^= mask;
                Tensor? read = null;
                var e = Record.Exception(() => read = Serializer.Deserialize<Tensor>(changed));
                Assert.True(
                    e is not null || read is null || read.Type == ElementType.Bytes
                        || read.Shape.ElementCount() * read.Type.Size() == read.ByteLength,
                    $"byte {at} with {mask:x2}: {read}");
            }
        }
    }

    [Fact]
    public void DeepCopy_WithinAProcess_HandsTheSameTensorOver()
    {
        using var tensor = Tensor.Copy<float>(
            TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(1), [1]);

        Assert.Same(tensor, _services.GetRequiredService<DeepCopier>().Copy(tensor));
    }

    [Fact]
    public void Deserialize_OfAnEmptyBatch_KeepsItsShape()
    {
        var tensor = Tensor.Rent(
            TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(0, 128, 128, 1));

        using var read = Serializer.Deserialize<Tensor>(Serializer.SerializeToArray(tensor))!;

        Assert.Equal((tensor.Shape, 0), (read.Shape, read.ByteLength));
    }

    /// <summary>A [2, 1] tensor of two floats.</summary>
    private byte[] Written() => Serializer.SerializeToArray(Tensor.Copy<float>(
        TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(2, 1), [1, 2]));

    /// <summary>The same bytes with another first dimension.</summary>
    private byte[] Changed(long from, long to)
    {
        var bytes = Written();
        Span<byte> pattern = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(pattern, from);
        BinaryPrimitives.WriteInt64LittleEndian(pattern[8..], 1);
        var at = bytes.AsSpan().IndexOf(pattern);
        Assert.True(at >= 0, "The dimensions stand in the bytes.");
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), to);
        return bytes;
    }
}
