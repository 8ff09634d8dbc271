using ScoringCluster.Contracts.Replicas;

namespace ScoringCluster.Grains.Tests.Models;

/// <summary>Each test has a cluster of its own: silos end and versions appear.</summary>
public sealed class ControlPlaneGrainTests : IAsyncLifetime
{
    private readonly ScoringTestCluster _cluster = new();

    [Fact]
    public async Task WaitForChange_AfterTheStart_ShowsTheHighestVersionsOnEveryDevice()
    {
        var table = await _cluster.TableAsync(
            t => t.Entries.Length > 0 && t.Entries.All(e => e.Replicas.Count(IsReady) == 4), "every replica ready");

        Assert.Equal(ScoringTestCluster.Models.Select(name => $"{name}@2"), table.Entries.Select(e => $"{e.Model}"));
        Assert.Equal([ScoringTestCluster.Models[0]], table.Required);
        Assert.True(table.IsReady);
        var report = table.Entries[0].Ready!;
        Assert.Equal("fake", report.Engine);
        Assert.Equal(64, report.Digest.Length);
        Assert.Equal("serving_default", Assert.Single(report.Signatures).Name);
    }

    [Fact]
    public async Task WaitForChange_WhenAVersionAppears_SwapsOnceItIsReady()
    {
        await _cluster.TableAsync(t => Ready(t.Find("a")) is ["a@2", "a@2", "a@2", "a@2"], "a@2 everywhere");
        _cluster.AddVersion("a/3");

        var seen = new HashSet<string>();
        await _cluster.TableAsync(
            table =>
            {
                var ready = Ready(table.Find("a"));
                seen.Add(table.Version == 0 || ready.Count == 4 ? "all" : $"{ready.Count} ready");
                return ready is ["a@3", "a@3", "a@3", "a@3"];
            },
            "a@3 everywhere");

        Assert.Equal(["all"], seen);
    }

    [Fact]
    public async Task WaitForChange_WhenTheNewVersionFails_ShowsTheReasonBesideTheOldVersion()
    {
        await _cluster.TableAsync(t => Ready(t.Find("a")) is ["a@2", "a@2", "a@2", "a@2"], "a@2 everywhere");
        foreach (var silo in _cluster.Silos)
        {
            _cluster.Runtime(silo).LoadFailure = new("node 'x' is not supported");
        }

        _cluster.AddVersion("a/3");
        var table = await _cluster.TableAsync(
            t => t.Find("a").Count(r => r.State == ReplicaState.Failed) == 4, "a@3 failed everywhere");

        Assert.Equal(["a@2", "a@2", "a@2", "a@2"], Ready(table.Find("a")));
        Assert.All(
            table.Find("a").Where(r => r.State == ReplicaState.Failed),
            r => Assert.Equal("node 'x' is not supported", r.Failure));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WaitForChange_WhenASiloDies_NeverLacksTheReplicasThatRemain(bool withTheControlPlane)
    {
        await _cluster.TableAsync(
            t => t.Entries.Length > 0 && t.Entries.All(e => e.Replicas.Count(IsReady) == 4), "every replica ready");
        var holder = await _cluster.ControlPlaneSiloAsync();
        var dies = _cluster.Silos.Single(silo => silo == holder == withTheControlPlane);
        var stays = _cluster.Silos.Single(silo => silo != dies);

        await _cluster.KillAsync(dies);
        var fewest = int.MaxValue;
        await _cluster.TableAsync(
            table =>
            {
                var ready = table.Entries.SelectMany(e => e.Replicas).Where(IsReady).ToList();
                fewest = table.Version == 0 ? fewest : Math.Min(fewest, ready.Count(r => r.Replica.Silo == stays));
                return table.Version > 0 && ready.All(r => r.Replica.Silo == stays);
            },
            $"no replica of {dies}");

        Assert.Equal(2 * ScoringTestCluster.Models.Length, fewest);
    }

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private static bool IsReady(ReplicaReport report) => report.State == ReplicaState.Ready;

    private static List<string> Ready(IEnumerable<ReplicaReport> replicas) =>
        [.. replicas.Where(IsReady).Select(r => r.Replica.Model.ToString()).Order(StringComparer.Ordinal)];
}

file static class Tables
{
    public static IReadOnlyList<ReplicaReport> Find(this Contracts.Models.RouteTable table, string name) =>
        [.. table.Entries.Where(e => e.Model.Name == name).SelectMany(e => e.Replicas)];
}
