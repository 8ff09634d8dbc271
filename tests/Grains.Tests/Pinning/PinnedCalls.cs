using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.TestKit;

namespace ScoringCluster.Grains.Tests.Pinning;

internal static class PinnedCalls
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<ScoreAnswer> ScoreAsync(this IReplicaGrain replica, int rows) => replica
        .Score(
            new ScoreCommand
            {
                Signature = ModelSignature.Default,
                Inputs = [FakeModelRuntime.Rows(rows, first: 0)],
                Rows = rows,
                TimeLeft = PinnedCluster.Patience,
            },
            Cancellation)
        .WaitAsync(PinnedCluster.Patience, Cancellation);

    public static async Task LoadAsync(this IReplicaGrain replica)
    {
        var report = await replica.Load(new LoadCommand(1), Cancellation)
            .WaitAsync(PinnedCluster.Patience, Cancellation);
        Assert.Equal((ReplicaState.Ready, null), (report.State, report.Failure));
    }

    /// <summary>Silos that executed so many rows, each with the device that did.</summary>
    public static IReadOnlyList<string> ExecutedOn(this PinnedCluster cluster, int rows) =>
    [
        .. from silo in cluster.Silos
           from execution in silo.Runtime.Log
           where execution.Rows == rows
           select $"{silo.Name}/{execution.Device}",
    ];
}
