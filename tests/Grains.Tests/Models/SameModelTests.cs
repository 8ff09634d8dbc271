using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Grains.Models;

namespace ScoringCluster.Grains.Tests.Models;

/// <summary>A version that is another on another silo is not served there.</summary>
public sealed class SameModelTests
{
    private static readonly ReplicaReport _serving = Ready("silo-0/cpu:0/m@1", "abc");

    [Fact]
    public void Check_SameFiles_IsReady() =>
        Assert.Equal(ReplicaState.Ready, Checked(Ready("silo-1/cpu:0/m@1", "abc")).State);

    [Fact]
    public void Check_OtherFiles_FailsNamingBothReplicas()
    {
        var report = Checked(Ready("silo-1/cpu:0/m@1", "xyz"));

        Assert.Equal(ReplicaState.Failed, report.State);
        Assert.Contains("silo-0/cpu:0/m@1", report.Failure, StringComparison.Ordinal);
        Assert.Contains("silo-1/cpu:0/m@1", report.Failure, StringComparison.Ordinal);
        Assert.Contains("xyz", report.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OtherManifest_Fails() => Assert.Equal(
        ReplicaState.Failed, Checked(Ready("silo-1/cpu:0/m@1", "abc") with { ManifestJson = "{}" }).State);

    [Fact]
    public void Check_SimulatedBesideReal_Fails() =>
        Assert.Equal(ReplicaState.Failed, Checked(Ready("silo-1/sim:0/m@1", "abc")).State);

    [Fact]
    public void Check_OtherVersionOrOtherModel_IsReady()
    {
        Assert.Equal(ReplicaState.Ready, Checked(Ready("silo-1/cpu:0/m@2", "xyz")).State);
        Assert.Equal(ReplicaState.Ready, Checked(Ready("silo-1/cpu:0/n@1", "xyz")).State);
    }

    [Fact]
    public void Check_TheSameReplicaLoadedAnew_IsReady() =>
        Assert.Equal(ReplicaState.Ready, Checked(Ready("silo-0/cpu:0/m@1", "xyz")).State);

    private static ReplicaReport Checked(ReplicaReport report) => SameModel.Check(report, [_serving]);

    private static ReplicaReport Ready(string replica, string digest) => new()
    {
        Replica = ReplicaKey.Parse(replica),
        State = ReplicaState.Ready,
        Digest = digest,
    };
}
