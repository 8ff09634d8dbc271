using System.Collections.Concurrent;
using System.Collections.Immutable;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>
/// Chooses a replica: of two picked at random the one with less queued work. Two are enough to avoid the busy one, and
/// asking all would make every gateway pick the same.
/// </summary>
internal sealed class ReplicaRouter(IReplicaCaller caller, Random random, TimeProvider time)
{
    /// <summary>Replicas remembered; what is known of them is a hint and may be forgotten.</summary>
    private const int LoadsMax = 4_096;

    /// <summary>A replica keeps deadlines itself; this long after one, the replica itself does not answer.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ReplicaKey, ReplicaLoad> _loads = new();

    /// <summary>
    /// Scores rows on some replica. The command's blocks are the callee's from here on. Scoring is pure, so when the
    /// replica is gone one more is tried within the deadline; it needs the inputs made again.
    /// </summary>
    /// <param name="command">Makes the command; called once a try.</param>
    public async Task<ScoreAnswer> ScoreAsync(
        ModelRoute route, Func<ScoreCommand> command, CancellationToken cancellationToken)
    {
        // :: Step 3: Route to the replica with the least queued work; one more try elsewhere when it is gone.
        var first = Choose(route.Replicas);
        var answer = await CallAsync(first, command(), cancellationToken);
        if (answer.Fault?.Kind != FaultKind.ReplicaGone || route.Replicas.Length == 1)
        {
            return answer;
        }

        return await CallAsync(Choose(route.Replicas.Remove(first)), command(), cancellationToken);
    }

    private async Task<ScoreAnswer> CallAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken)
    {
        if (command.TimeLeft <= TimeSpan.Zero)
        {
            foreach (var input in command.Inputs)
            {
                input.Dispose();
            }

            return Failed(replica, FaultKind.DeadlineExceeded, "The deadline passed before a replica was called.");
        }

        var load = LoadOf(replica);
        using var late = new CancellationTokenSource(command.TimeLeft + _grace, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        load.OnCall();
        try
        {
            var answer = await caller.ScoreAsync(replica, command, stop.Token);
            if (answer.Fault?.Kind == FaultKind.ReplicaGone)
            {
                load.OnAway();
            }
            else
            {
                load.OnAnswer(answer.QueuedSeconds);
            }

            return answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Failed(replica, FaultKind.Cancelled, "The caller went away.");
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            load.OnAway();
            return Failed(replica, FaultKind.DeadlineExceeded, $"Replica {replica} did not answer in time.");
        }
        catch (Exception e) when (e is TimeoutException or SiloNotFoundException or OrleansException)
        {
            load.OnAway();
            return Failed(replica, FaultKind.ReplicaGone, $"Replica {replica} does not answer: {e.Message}");
        }
        finally
        {
            load.OnReturn();
        }
    }

    private ReplicaKey Choose(ImmutableArray<ReplicaKey> replicas)
    {
        if (replicas.Length == 1)
        {
            return replicas[0];
        }

        var one = random.Next(replicas.Length);
        var other = (one + 1 + random.Next(replicas.Length - 1)) % replicas.Length;
        return LoadOf(replicas[one]).Weight.CompareTo(LoadOf(replicas[other]).Weight) <= 0
            ? replicas[one]
            : replicas[other];
    }

    private ReplicaLoad LoadOf(ReplicaKey replica)
    {
        if (_loads.TryGetValue(replica, out var load))
        {
            return load;
        }

        if (_loads.Count >= LoadsMax)
        {
            _loads.Clear();
        }

        return _loads.GetOrAdd(replica, static (_, clock) => new ReplicaLoad(clock), time);
    }

    private static ScoreAnswer Failed(ReplicaKey replica, FaultKind kind, string message) =>
        new() { Replica = replica, Fault = new ScoringFault(kind, message) };
}
