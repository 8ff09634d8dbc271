using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Tests.Routing;

/// <summary>From when on a call is taken to be late.</summary>
public sealed class ReplicaLoadTests
{
    private readonly ReplicaLoad _load = new(new FakeTimeProvider());

    [Fact]
    public void LateAfter_OfOtherSizes_FollowsTheRows()
    {
        _load.OnAnswer(0, rows: 1, TimeSpan.FromSeconds(0.1));

        Assert.Equal(0.4, _load.LateAfter(1).TotalSeconds, 1e-9);
        Assert.Equal(0.4 * 32, _load.LateAfter(32).TotalSeconds, 1e-9);
    }

    [Fact]
    public void LateAfter_OfASizeThatWasSeen_IsThatSizesOwn()
    {
        _load.OnAnswer(0, rows: 1, TimeSpan.FromSeconds(0.1));
        _load.OnAnswer(0, rows: 32, TimeSpan.FromSeconds(0.2));

        Assert.Equal(0.8, _load.LateAfter(32).TotalSeconds, 1e-9);
        Assert.Equal(0.4, _load.LateAfter(1).TotalSeconds, 1e-9);
    }

    [Fact]
    public void LateAfter_WhileRowsWaitThere_IsAsMuchLater()
    {
        _load.OnAnswer(1.5, rows: 1, TimeSpan.FromSeconds(0.1));

        Assert.Equal(1.9, _load.LateAfter(1).TotalSeconds, 1e-9);
    }

    [Fact]
    public void LateAfter_BeforeAnyAnswer_IsNotAtOnce() =>
        Assert.InRange(_load.LateAfter(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
}
