using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Gateway.Tests.Hosting;

public sealed class NetworkBlocksTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Rent_OfAnySizeUpToABlock_IsAWholeArray()
    {
        using var blocks = new NetworkBlocks(_time);
        using var block = blocks.Rent(1);

        Assert.True(MemoryMarshal.TryGetArray<byte>(block.Memory, out var array));
        Assert.Equal((0, NetworkBlocks.BlockBytes), (array.Offset, array.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => blocks.Rent(NetworkBlocks.BlockBytes + 1));
    }

    [Fact]
    public void Dispose_OfABlock_GivesItToTheNext()
    {
        using var blocks = new NetworkBlocks(_time);
        var first = blocks.Rent();
        var memory = first.Memory;
        first.Dispose();
        first.Dispose();

        using var second = blocks.Rent();
        using var third = blocks.Rent();

        Assert.True(second.Memory.Equals(memory));
        Assert.False(third.Memory.Equals(memory));
    }

    [Fact]
    public void Held_WhenNobodyNeedsThem_IsNothingAfterAWhile()
    {
        using var blocks = new NetworkBlocks(_time);
        var rented = Enumerable.Range(0, 10).Select(_ => blocks.Rent()).ToList();
        rented.ForEach(block => block.Dispose());
        Assert.Equal(10, blocks.Held);

        _time.Advance(Limits.PoolIdleTime);
        using (blocks.Rent())
        {
            _time.Advance(Limits.PoolIdleTime);
        }

        Assert.Equal(1, blocks.Held);
    }

    [Fact]
    public void Held_WhenNobodyNeedsMany_IsCollectedToo()
    {
        using var blocks = new NetworkBlocks(_time);
        var arrays = RentAndReturn(blocks, 256);

        _time.Advance(Limits.PoolIdleTime);
        _time.Advance(Limits.PoolIdleTime);

        Assert.Equal(0, blocks.Held);

        // The last one may still be on the stack of the collecting method.
        Assert.InRange(arrays.Count(array => array.IsAlive), 0, 1);
    }

    /// <summary>In a method of its own, so that nothing on the caller's stack holds a block.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] RentAndReturn(NetworkBlocks blocks, int count)
    {
        var rented = Enumerable.Range(0, count).Select(_ => blocks.Rent()).ToList();
        WeakReference[] arrays = [.. rented.Select(block =>
        {
            Assert.True(MemoryMarshal.TryGetArray<byte>(block.Memory, out var array));
            return new WeakReference(array.Array);
        })];
        rented.ForEach(block => block.Dispose());
        return arrays;
    }
}
