using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.ServiceDefaults.Tests.Cluster;

/// <summary>What of the table counts: models on silos that are there, and those that were there a moment ago.</summary>
public sealed class RouteTableHolderTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Members _members = new();
    private readonly RouteTableHolder _holder;

    public RouteTableHolderTests() => _holder = new RouteTableHolder(_members, _time);

    [Fact]
    public void VersionsOf_SiloThatLeft_IsWithoutItsReplicas()
    {
        _holder.Table = Table(1, [], Entry("m", "a", "b"));
        Assert.Equal(2, Assert.Single(_holder.VersionsOf("m")).Replicas.Length);

        _members.Leave("a");

        Assert.Equal("b", Assert.Single(Assert.Single(_holder.VersionsOf("m")).Replicas).Replica.Silo);
        _members.Leave("b");
        Assert.False(Assert.Single(_holder.VersionsOf("m")).IsReady);
    }

    [Fact]
    public void HasLost_AModelThatTheTableHad_UntilSomeTimeLater()
    {
        _holder.Table = Table(1, ["m"], Entry("m", "a"), Entry("n", "a"));
        Assert.False(_holder.HasLost("m"));

        _holder.Table = Table(2, [], Entry("n", "a"));

        Assert.True(_holder.HasLost("m"));
        Assert.True(_holder.LacksRequired);
        Assert.False(_holder.HasLost("n"));
        Assert.False(_holder.HasLost("never"));
        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.False(_holder.HasLost("m"));
        Assert.False(_holder.LacksRequired);
    }

    [Fact]
    public void HasLost_AModelThatCameBack_IsNoLongerLost()
    {
        _holder.Table = Table(1, ["m"], Entry("m", "a"));
        _holder.Table = Table(2, []);
        _holder.Table = Table(3, []);
        Assert.True(_holder.LacksRequired);

        _holder.Table = Table(4, ["m"], Entry("m", "b"));

        Assert.False(_holder.HasLost("m"));
        Assert.False(_holder.LacksRequired);
    }

    [Fact]
    public void LacksRequired_WhereTheModelWasNotRequired_IsFalse()
    {
        _holder.Table = Table(1, [], Entry("m", "a"));
        _holder.Table = Table(2, []);

        Assert.True(_holder.HasLost("m"));
        Assert.False(_holder.LacksRequired);
    }

    private static RouteTable Table(long version, string[] required, params RouteEntry[] entries) =>
        new() { Version = version, Required = [.. required], Entries = [.. entries] };

    private static RouteEntry Entry(string model, params string[] silos) => new()
    {
        Model = new ModelRef(model, 1),
        Replicas =
        [
            .. silos.Select(silo => new ReplicaReport
            {
                Replica = new ReplicaKey(silo, DeviceId.Cpu(0), new ModelRef(model, 1)),
                State = ReplicaState.Ready,
            }),
        ],
    };

    private sealed class Members : IClusterView
    {
        private readonly HashSet<string> _gone = [];

        public long Version { get; private set; }

        public bool IsActive(string silo) => !_gone.Contains(silo);

        public void Leave(string silo)
        {
            _gone.Add(silo);
            Version++;
        }
    }
}
