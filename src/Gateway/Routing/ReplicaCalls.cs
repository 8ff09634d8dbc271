using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>Calls replicas, turns what may go wrong on the way into faults, and learns each one's load.</summary>
internal sealed class ReplicaCalls(IReplicaCaller caller, TimeProvider time)
{
    private const int MessageLengthMax = 200;

    /// <summary>A replica keeps deadlines itself; this long after one, the replica itself does not answer.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(1);

    private readonly PerReplica<ReplicaLoad> _loads = new(_ => new ReplicaLoad(time));

    /// <summary>Less is better.</summary>
    public (bool IsAway, double QueuedSeconds, int InFlight) WeightOf(ReplicaKey replica) => _loads.Of(replica).Weight;

    public bool IsLocal(ReplicaKey replica) => caller.IsLocal(replica);

    public TimeSpan LateAfter(ReplicaKey replica, int rows) => _loads.Of(replica).LateAfter(rows);

    /// <summary>The replica is passed over until it answers.</summary>
    public void OnLate(ReplicaKey replica) => _loads.Of(replica).OnAway();

    /// <summary>
    /// Calls one replica. The command's blocks are the callee's from here on. Throws what the replica throws, which is
    /// a defect of it.
    /// </summary>
    public async Task<ScoreAnswer> CallAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken)
    {
        if (Refuse(replica, command, cancellationToken) is { } refused)
        {
            foreach (var input in command.Inputs)
            {
                input.Dispose();
            }

            return refused;
        }

        var load = _loads.Of(replica);

        // A call within the process cannot get lost: the replica's own clock is enough.
        using var late = caller.IsLocal(replica) ? null
            : new CancellationTokenSource(command.TimeLeft + _grace, time);
        using var stop = late is null ? null
            : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var started = time.GetTimestamp();
        load.OnCall();
        try
        {
            var answer = await caller.ScoreAsync(replica, command, stop?.Token ?? cancellationToken);
            if (answer.Fault?.Kind == FaultKind.ReplicaGone)
            {
                load.OnAway();
            }
            else if (answer.Fault is null)
            {
                load.OnAnswer(answer.QueuedSeconds, command.Rows, time.GetElapsedTime(started));
            }

            return answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Failed(replica, FaultKind.Cancelled, "The caller went away.");
        }
        catch (OperationCanceledException) when (late is { IsCancellationRequested: true })
        {
            load.OnAway();
            return Failed(replica, FaultKind.DeadlineExceeded, $"Replica {replica} did not answer in time.");
        }
        catch (Exception e) when (e is TimeoutException or SiloNotFoundException or OrleansException
            or ObjectDisposedException)
        {
            // Disposed: a connection broke after the rows were written to it, and they cannot be written twice.
            load.OnAway();
            return Failed(replica, FaultKind.ReplicaGone, e is SiloNotFoundException
                ? $"Replica {replica} does not answer: {FirstLine(e)}"
                : $"Replica {replica} does not answer: its silo cannot be reached.");
        }
        finally
        {
            load.OnReturn();
        }
    }

    /// <summary>What would not reach the replica, or nobody would hear of: null for what is to be sent.</summary>
    private ScoreAnswer? Refuse(ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Failed(replica, FaultKind.Cancelled, "The caller went away.");
        }

        if (command.TimeLeft <= TimeSpan.Zero)
        {
            return Failed(replica, FaultKind.DeadlineExceeded, "The deadline passed before a replica was called.");
        }

        // A message that is larger ends the connection, and with it all other calls that are on it.
        var bytes = caller.IsLocal(replica) ? 0 : command.Inputs.Sum(input => (long)input.ByteLength);
        return bytes <= Limits.MessageTensorBytesMax ? null : Failed(
            replica, FaultKind.RequestTooLarge,
            $"{command.Rows} rows have {bytes} bytes; {Limits.MessageTensorBytesMax} fit into a message to "
                + $"another process.");
    }

    /// <summary>Orleans puts whole stack traces of other processes into its messages.</summary>
    private static string FirstLine(Exception exception)
    {
        var line = exception.Message.AsSpan();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return line.Length <= MessageLengthMax ? line.ToString() : $"{line[..MessageLengthMax]}…";
    }

    private static ScoreAnswer Failed(ReplicaKey replica, FaultKind kind, string message) =>
        new() { Replica = replica, Fault = new ScoringFault(kind, message) };
}
