using System.Collections.Concurrent;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>
/// Chooses a replica: of two picked at random the one with fewer queued seconds, as its last answer said. Two are
/// enough
/// to avoid the busy one, and asking all would make every gateway pick the same.
/// </summary>
internal sealed class ReplicaRouter(IReplicaCaller caller, Random random)
{
    private readonly ConcurrentDictionary<ReplicaKey, double> _queuedSeconds = new();

    /// <summary>
    /// Scores rows on some replica. The command's blocks are the callee's from here on. A replica that is surely not
    /// loaded did not touch them, but returned them: one more try needs a copy, so the inputs are made again.
    /// </summary>
    /// <param name="command">Makes the command; called once a try.</param>
    public async Task<ScoreAnswer> ScoreAsync(
        ModelRoute route, Func<ScoreCommand> command, CancellationToken cancellationToken)
    {
        // :: Step 3: Route to the replica with the least queued work; one more try elsewhere when it is gone.
        var replicas = route.Entry.Replicas.Where(r => r.State == ReplicaState.Ready).Select(r => r.Replica).ToList();
        var first = Choose(replicas);
        var answer = await CallAsync(first, command(), cancellationToken);
        if (answer.Fault?.Kind == FaultKind.ReplicaGone && replicas.Count > 1)
        {
            replicas.Remove(first);
            answer = await CallAsync(Choose(replicas), command(), cancellationToken);
        }

        return answer;
    }

    private async Task<ScoreAnswer> CallAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await caller.ScoreAsync(replica, command, cancellationToken);
            _queuedSeconds[replica] = answer.QueuedSeconds;
            return answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new ScoreAnswer
            {
                Replica = replica,
                Fault = new ScoringFault(FaultKind.Cancelled, "The caller went away.")
            };
        }
        catch (Exception e) when (
            e is TimeoutException or Contracts.Placement.SiloNotFoundException or OrleansException)
        {
            _queuedSeconds[replica] = double.MaxValue;
            return new ScoreAnswer
            {
                Replica = replica,
                Fault = new ScoringFault(FaultKind.ReplicaGone, $"Replica {replica} does not answer: {e.Message}")
            };
        }
    }

    private ReplicaKey Choose(List<ReplicaKey> replicas)
    {
        if (replicas.Count == 1)
        {
            return replicas[0];
        }

        var one = random.Next(replicas.Count);
        var other = (one + 1 + random.Next(replicas.Count - 1)) % replicas.Count;
        return Queued(replicas[one]) <= Queued(replicas[other]) ? replicas[one] : replicas[other];
    }

    private double Queued(ReplicaKey replica) => _queuedSeconds.GetValueOrDefault(replica);
}
