using Microsoft.Extensions.Time.Testing;

namespace ScoringCluster.Core.Tests.Tensors;

/// <summary>What is kept, for how long, and how much.</summary>
public sealed class TensorBlockPoolTests : IDisposable
{
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly TensorBlockPool _pool;

    public TensorBlockPoolTests() => _pool = new TensorBlockPool(_time);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Rent_AfterAReturn_ReusesTheMemory()
    {
        var first = _pool.Rent(1_000);
        var pointer = first.Pointer;
        first.Dispose();
        Assert.Equal(1_024, _pool.HeldBytes);

        using var second = _pool.Rent(600);
        Assert.Equal(pointer, second.Pointer);
        Assert.Equal(0, _pool.HeldBytes);
    }

    [Fact]
    public void Rent_AnotherSize_LeavesTheHeldBlockAlone()
    {
        _pool.Rent(1_000).Dispose();
        using var larger = _pool.Rent(1_025);
        Assert.Equal(2_048, larger.Capacity);
        Assert.Equal(1_024, _pool.HeldBytes);
    }

    [Fact]
    public void Idle_ForTheWholeTime_GivesTheMemoryBack()
    {
        _pool.Rent(1_000).Dispose();
        _time.Advance(Limits.PoolIdleTime);
        Assert.Equal(0, _pool.HeldBytes);
    }

    [Fact]
    public void Idle_ForLess_KeepsTheBlockUntilTheNextRound()
    {
        _time.Advance(_moment);
        _pool.Rent(1_000).Dispose();
        _time.Advance(Limits.PoolIdleTime - _moment);
        Assert.Equal(1_024, _pool.HeldBytes);
        _time.Advance(Limits.PoolIdleTime);
        Assert.Equal(0, _pool.HeldBytes);
    }

    [Fact]
    public void Idle_AfterAPeak_LightTrafficKeepsOneBlock()
    {
        var blocks = Enumerable.Range(0, 100).Select(_ => _pool.Rent(1_000)).ToList();
        blocks.ForEach(block => block.Dispose());

        // One caller at a time, more often than the idle time is long.
        for (var i = 0; i < 8; i++)
        {
            _time.Advance(Limits.PoolIdleTime / 4);
            _pool.Rent(1_000).Dispose();
        }

        Assert.Equal(1_024, _pool.HeldBytes);
    }

    [Fact]
    public void Return_BeyondWhatIsKept_FreesAtOnce()
    {
        const int each = 64 << 20;
        var count = (int)(Limits.PooledBytesMax / each) + 1;
        var blocks = Enumerable.Range(0, count).Select(_ => _pool.Rent(each)).ToList();
        blocks.ForEach(block => block.Dispose());
        Assert.Equal(Limits.PooledBytesMax, _pool.HeldBytes);
    }

    [Fact]
    public void Return_OfABlockTooLargeForThePool_IsNotHeld()
    {
        _pool.Rent((64 << 20) + 1).Dispose();
        Assert.Equal(0, _pool.HeldBytes);
    }

    [Fact]
    public void Return_AfterThePoolIsDisposed_FreesTheBlock()
    {
        var block = _pool.Rent(1_000);
        _pool.Dispose();
        block.Dispose();
        Assert.Equal(0, _pool.HeldBytes);
    }

    [Fact]
    public void Rent_NegativeLength_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(-1));
}
