using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Grains.Models;

namespace ScoringCluster.Grains.Tests.Models;

public sealed class ClusterPictureTests
{
    private const long Seed = 1000;

    private readonly ClusterPicture _picture = new(Seed);

    [Fact]
    public void Reconcile_OfANewSilo_OrdersEveryReplicaOnce()
    {
        _picture.Accept(Silo("a@1", "b@1"));

        Assert.Equal(["s/cpu:0/a@1", "s/cpu:0/b@1"], Names(_picture.Reconcile()));
        Assert.Empty(_picture.Reconcile());
    }

    [Fact]
    public void Reconcile_AfterALostOrder_OrdersAgain()
    {
        _picture.Accept(Silo("a@1"));
        _picture.Lose(Assert.Single(_picture.Reconcile()));

        Assert.Equal(["s/cpu:0/a@1"], Names(_picture.Reconcile()));
    }

    [Fact]
    public void Reconcile_AfterAFailedLoad_KeepsTheReasonAndOrdersNoMore()
    {
        _picture.Accept(Silo("a@1"));
        _picture.Conclude(Assert.Single(_picture.Reconcile()), Failed("a@1", "no file"));

        Assert.Empty(_picture.Reconcile());
        _picture.Publish();
        Assert.Equal("no file", Assert.Single(Replicas()).Failure);
    }

    [Fact]
    public void Reconcile_AfterAFailedLoad_WhenTheFilesChange_OrdersAgain()
    {
        _picture.Accept(Silo("a@1"));
        _picture.Conclude(Assert.Single(_picture.Reconcile()), Failed("a@1", "half a file"));

        _picture.Accept(PlacementPlanTests.SiloWith("2", "s", devices: 1, "a@1"));
        var order = Assert.Single(_picture.Reconcile());

        Assert.True(order.Again);
        _picture.Conclude(order, Ready("a@1"));
        Assert.Empty(_picture.Reconcile());
    }

    [Fact]
    public void Reconcile_OfADamagedNewestVersion_LoadsTheOneBelowIt_AndKeepsTheReason()
    {
        _picture.Accept(Silo("a@1", "a@2"));
        _picture.Conclude(Assert.Single(_picture.Reconcile()), Failed("a@2", "damaged"));

        var order = Assert.Single(_picture.Reconcile());
        _picture.Conclude(order, Ready("a@1"));
        _picture.Publish();

        Assert.Equal("s/cpu:0/a@1", order.Replica.ToString());
        Assert.Equal([true, false], _picture.Table.Entries.Select(entry => entry.IsReady));
        Assert.Equal("damaged", _picture.Table.Entries[1].Replicas[0].Failure);
    }

    [Fact]
    public void Reconcile_OfANewVersion_KeepsTheOldOneUntilTheNewOneIsReady()
    {
        Serve("a@1");
        _picture.Accept(Silo("a@1", "a@2"));
        var order = Assert.Single(_picture.Reconcile());
        _picture.Publish();
        Assert.Equal(["s/cpu:0/a@1 Ready", "s/cpu:0/a@2 Absent"], States());

        _picture.Conclude(order, Ready("a@2"));
        _picture.Publish();

        Assert.Equal(["s/cpu:0/a@2 Ready"], States());
    }

    [Fact]
    public void Conclude_OfAFailedNewVersion_KeepsTheOldOne()
    {
        Serve("a@1");
        _picture.Accept(Silo("a@1", "a@2"));
        _picture.Conclude(Assert.Single(_picture.Reconcile()), Failed("a@2", "damaged"));
        _picture.Reconcile();
        _picture.Publish();

        Assert.Equal(["s/cpu:0/a@1 Ready", "s/cpu:0/a@2 Failed"], States());
    }

    [Fact]
    public void Reconcile_OfAModelThatTheStoreNoLongerHas_TakesItOut()
    {
        Serve("a@1");
        _picture.Accept(Silo());
        _picture.Reconcile();
        _picture.Publish();

        Assert.Empty(_picture.Table.Entries);
    }

    [Fact]
    public void Accept_OfASiloThatWasStartedAnew_OrdersItsReplicasAgain()
    {
        Serve("a@1");
        _picture.Accept(Silo("a@1") with { Incarnation = 2 });

        Assert.Equal(["s/cpu:0/a@1"], Names(_picture.Reconcile()));
    }

    [Fact]
    public void Accept_OfALateReportOfAnEarlierProcess_ChangesNothing()
    {
        _picture.Accept(Silo("a@1") with { Incarnation = 2 });
        _picture.Accept(Silo("b@1"));

        Assert.Equal(["s/cpu:0/a@1"], Names(_picture.Reconcile()));
    }

    [Fact]
    public void Conclude_OfAnOrderToAnEarlierProcess_ChangesNothing()
    {
        _picture.Accept(Silo("a@1"));
        var old = Assert.Single(_picture.Reconcile());
        _picture.Accept(Silo("a@1") with { Incarnation = 2 });
        _picture.Reconcile();

        _picture.Conclude(old, Ready("a@1"));
        _picture.Publish();

        Assert.Equal(["s/cpu:0/a@1 Absent"], States());
    }

    [Fact]
    public void Retain_WithoutASilo_ForgetsItsReplicas()
    {
        Serve("a@1");

        Assert.Equal(["s"], _picture.Retain(new HashSet<string> { "t" }));
        _picture.Publish();
        Assert.Empty(_picture.Table.Entries);
    }

    [Fact]
    public void IsComplete_NeedsEverySiloAndAWordOfEveryReplica()
    {
        var alive = new HashSet<string> { "s" };
        Assert.False(_picture.IsComplete(alive));

        _picture.Accept(Silo("a@1"));
        var order = Assert.Single(_picture.Reconcile());
        Assert.False(_picture.IsComplete(alive));

        _picture.Note(order, Ready("a@1") with { State = ReplicaState.Loading });
        Assert.True(_picture.IsComplete(alive));
        Assert.False(_picture.IsComplete(new HashSet<string> { "s", "t" }));
    }

    [Fact]
    public void Publish_WithoutNews_KeepsTheVersion()
    {
        Serve("a@1");
        var version = _picture.Table.Version;

        _picture.Accept(Silo("a@1"));
        _picture.Reconcile();

        Assert.False(_picture.Publish());
        Assert.Equal(version, _picture.Table.Version);
        Assert.True(version > Seed, $"version {version} may be that of an earlier control plane");
    }

    [Fact]
    public void NextEpoch_IsYoungerThanWhatTheReplicaObeyed()
    {
        var obeyed = Ready("a@1") with { Epoch = Seed + 500 };

        Assert.True(_picture.NextEpoch(obeyed) > obeyed.Epoch);
        Assert.True(_picture.NextEpoch(Ready("a@1")) > obeyed.Epoch);
    }

    [Fact]
    public void Table_IsReady_OnceEveryRequiredModelHasAReadyVersion()
    {
        _picture.Accept(Silo("a@1", "b@1") with { Required = ["a"] });
        var orders = _picture.Reconcile();
        _picture.Publish();
        Assert.False(_picture.Table.IsReady);

        _picture.Conclude(orders[0], Ready("a@1"));
        _picture.Publish();

        Assert.True(_picture.Table.IsReady);
    }

    private void Serve(string model)
    {
        _picture.Accept(Silo(model));
        _picture.Conclude(Assert.Single(_picture.Reconcile()), Ready(model));
        _picture.Publish();
    }

    private IEnumerable<ReplicaReport> Replicas() => _picture.Table.Entries.SelectMany(entry => entry.Replicas);

    private IEnumerable<string> States() => Replicas().Select(report => $"{report.Replica} {report.State}");

    private static IEnumerable<string> Names(IEnumerable<LoadOrder> orders) =>
        orders.Select(order => order.Replica.ToString());

    private static SiloReport Silo(params string[] models) => PlacementPlanTests.Silo("s", devices: 1, models);

    private static ReplicaReport Ready(string model) =>
        new() { Replica = ReplicaKey.Parse($"s/cpu:0/{model}"), State = ReplicaState.Ready };

    private static ReplicaReport Failed(string model, string reason) =>
        Ready(model) with { State = ReplicaState.Failed, Failure = reason };
}
