using ScoringCluster.Archive.Inputs;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Rows;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Shards;

/// <summary>What a runner works with: the replica beside it and who it is.</summary>
/// <param name="Replica">For receipts: <c>silo/device/model@version</c>.</param>
/// <param name="ShardsInFlight">Shards at a time.</param>
/// <param name="Committed">Called for every receipt that this runner caused, in any order and from any thread.</param>
public sealed record ShardRunnerSetup(
    string Replica, ExecutionPins Execution, IRowCodec Codec, IRowScorer Scorer, ClaimOwner Self, IClaimOwners Owners,
    int ShardsInFlight, Action<Receipt> Committed);

/// <summary>
/// Works through a job beside one replica: claims shards, scores and commits them until none is left that a living
/// runner does not hold.
/// </summary>
public sealed class ShardRunner(JobFolder folder, JobPins pins, ShardRunnerSetup setup, TimeProvider time)
{
    private readonly ShardClaims _claims = new(folder, JobReader.PlanOf(pins), setup.Self, setup.Owners, time);
    private readonly PinnedInputs _pinned = new(folder, pins);
    private ScoringFault? _fault;

    /// <returns>
    /// Null when nothing is left to claim, otherwise what stops this runner: a <see cref="FaultKind.ShardConflict"/>,
    /// <see cref="FaultKind.JobConflict"/> or <see cref="FaultKind.RequestInvalid"/> ends the job, anything else this
    /// runner only.
    /// </returns>
    /// <exception cref="OperationCanceledException">Stopped; claims of unfinished shards are given back.</exception>
    public async Task<ScoringFault?> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = Enumerable.Range(0, Math.Max(1, setup.ShardsInFlight))
            .Select(_ => Task.Run(() => WorkAsync(stop), stop.Token))
            .ToArray();
        try
        {
            await Task.WhenAll(workers);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && _fault is not null)
        {
            // One worker met a fault and stopped the others: the fault is the answer.
        }

        // A queue answers a caller that left with a fault of its own; the caller was this runner.
        cancellationToken.ThrowIfCancellationRequested();
        return _fault;
    }

    private async Task WorkAsync(CancellationTokenSource stop)
    {
        while (await TryClaimAsync(stop) is { } claim)
        {
            var done = false;
            try
            {
                var attempt = new ShardAttempt(folder, pins, _pinned, setup, time);
                var (receipt, fault) = await attempt.RunAsync(claim, stop.Token);
                if (fault is not null)
                {
                    Interlocked.CompareExchange(ref _fault, fault, null);
                    return;
                }

                done = true;
                setup.Committed(receipt!);
            }
            finally
            {
                if (!done)
                {
                    // What stopped this worker stops the others: the job decides what comes next.
                    await stop.CancelAsync();
                    _claims.Release(claim);
                }
            }
        }
    }

    private async Task<ShardClaim?> TryClaimAsync(CancellationTokenSource stop)
    {
        try
        {
            return _claims.TryClaim();
        }
        catch (Exception exception) when (JobFaults.IsExpected(exception))
        {
            Interlocked.CompareExchange(ref _fault, JobFaults.Of(folder, exception), null);
            await stop.CancelAsync();
            return null;
        }
    }
}
