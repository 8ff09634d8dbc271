using Microsoft.Extensions.Time.Testing;

namespace ScoringCluster.Core.Tests.Tensors;

/// <summary>Who may use a block when.</summary>
public sealed class TensorBlockTests : IDisposable
{
    private readonly TensorBlockPool _pool = new(new FakeTimeProvider());

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData((64 << 20) + 1)]
    public void Rent_AnySize_IsAlignedAndLargeEnough(int length)
    {
        using var block = _pool.Rent(length);
        Assert.Equal(0, block.Pointer % TensorBlock.Alignment);
        Assert.InRange(block.Capacity, length, int.MaxValue);
        block.Span(length).Fill(0xAB);
    }

    [Fact]
    public void Span_PastTheCapacity_Throws()
    {
        using var block = _pool.Rent(256);
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = block.Span(block.Capacity + 1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = block.Span(-1); });
    }

    [Fact]
    public void Dispose_Twice_IsAnError()
    {
        var block = _pool.Rent(10);
        block.Dispose();
        Assert.Throws<ObjectDisposedException>(block.Dispose);
    }

    [Fact]
    public void Dispose_TwiceOfABlockThatIsNotPooled_IsAnError()
    {
        var block = _pool.Rent((64 << 20) + 1);
        block.Dispose();
        Assert.Throws<ObjectDisposedException>(block.Dispose);
    }

    [Fact]
    public void Use_AfterReturn_IsAnError()
    {
        var block = _pool.Rent(10);
        block.Dispose();
        Assert.Throws<ObjectDisposedException>(() => block.Pointer);
        Assert.Throws<ObjectDisposedException>(() => { _ = block.Span(1); });
    }

    [Fact]
    public void Rent_ByManyThreads_NeverGivesABlockToTwo()
    {
        Parallel.For(0, 8, thread =>
        {
            for (var round = 0; round < 2_000; round++)
            {
                using var block = _pool.Rent(64 << (round % 3));
                var span = block.Span(64);
                span.Fill((byte)thread);
                Assert.False(span.ContainsAnyExcept((byte)thread), "Two threads hold the same block.");
            }
        });
    }

    [Fact]
    public void TensorRent_NeedsASizeThatCanBeKnown()
    {
        Assert.Throws<ArgumentException>(() => Tensor.Rent(_pool, "text", ElementType.Bytes, TensorShape.Of(1)));
        Assert.Throws<OverflowException>(
            () => Tensor.Rent(_pool, "huge", ElementType.Float64, TensorShape.Of(1 << 20, 1 << 20)));
    }

    [Fact]
    public void TensorCopy_OfValues_OwnsThem()
    {
        using var tensor = Tensor.Copy<short>(_pool, "x", ElementType.Int16, TensorShape.Of(3), [1, -2, 3]);
        Assert.Equal([1, -2, 3], tensor.Values<short>().ToArray());
        Assert.Equal(6, tensor.ByteLength);
        Assert.Equal("x INT16[3]", tensor.ToString());
    }
}
