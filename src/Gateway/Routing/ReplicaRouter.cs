using System.Collections.Immutable;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Gateway.Routing;

/// <summary>
/// Sends a request's rows to replicas: of two picked at random the one with less queued work. Two are enough to avoid
/// the busy one, and asking all would make every gateway pick the same. Scoring is pure, so a call whose replica is
/// gone or late gets one more try elsewhere, within the deadline and the <see cref="RetryBudget"/>.
/// </summary>
internal sealed class ReplicaRouter(
    ReplicaCalls calls, IClusterView cluster, Random random, TensorBlockPool pool, TimeProvider time)
{
    private readonly RetryBudget _budget = new();

    /// <summary>Scores rows on some replicas; the work is the router's from here on.</summary>
    public async Task<ScoreAnswer> ScoreAsync(ModelRoute route, ScoreWork work, CancellationToken cancellationToken)
    {
        // :: Step 3: Route to the replicas with the least queued work, in parts; one more try for a part that fails.
        using (work)
        {
            var replicas = route.Replicas.RemoveAll(replica => !cluster.IsActive(replica.Silo));
            if (replicas.IsEmpty)
            {
                return new ScoreAnswer
                {
                    Replica = route.Replicas[0],
                    Fault = new ScoringFault(
                        FaultKind.ReplicaGone, $"No silo with a replica of {route.Entry.Model} is active."),
                };
            }

            var remote = replicas.Any(replica => !calls.IsLocal(replica));
            IReadOnlyList<RowRange> parts = work.Signature.Batched
                ? RowSplit.Split(
                    work.Rows, Math.Max(work.Bytes, work.AnswerBytes), route.Report.BatchRowsMax, replicas.Length,
                    remote)
                : [new RowRange(0, work.Rows)];
            return parts.Count > 1 ? await ScorePartsAsync(replicas, work, parts, cancellationToken)
                : replicas.Length > 1 ? await ScorePartAsync(replicas, work, parts[0], cancellationToken)
                : await calls.CallAsync(replicas[0], work.HandOver(), cancellationToken);
        }
    }

    /// <summary>Some parts at a time: the queues refuse what a request of many parts would send them at once.</summary>
    private async Task<ScoreAnswer> ScorePartsAsync(
        ImmutableArray<ReplicaKey> replicas, ScoreWork work, IReadOnlyList<RowRange> parts,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answers = new ScoreAnswer?[parts.Count];
        var next = -1;
        async Task SendAsync()
        {
            while (Interlocked.Increment(ref next) is var at && at < parts.Count && !stop.IsCancellationRequested)
            {
                try
                {
                    answers[at] = await ScorePartAsync(replicas, work, parts[at], stop.Token);
                }
                finally
                {
                    // A part without an answer threw: the others are for nobody.
                    if (answers[at] is not { Fault: null })
                    {
                        await stop.CancelAsync();
                    }
                }
            }
        }

        var senders = Math.Min(parts.Count, Limits.PartsInFlightPerReplica * replicas.Length);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, senders).Select(_ => SendAsync()));
        }
        catch
        {
            foreach (var output in answers.SelectMany(answer => answer?.Outputs ?? []))
            {
                output.Dispose();
            }

            throw;
        }

        return PartAnswers.Merge(answers, work.Rows, pool);
    }

    private async Task<ScoreAnswer> ScorePartAsync(
        ImmutableArray<ReplicaKey> replicas, ScoreWork work, RowRange part, CancellationToken cancellationToken)
    {
        var first = Choose(replicas);
        _budget.OnCall();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var one = calls.CallAsync(first, work.Copy(part), stop.Token);
        var early = replicas.Length > 1 ? await EarlyAsync(first, part.Count, one) : await one;
        if (early is not null && early.Fault?.Kind != FaultKind.ReplicaGone)
        {
            return early;
        }

        if (replicas.Length == 1 || work.TimeLeft <= TimeSpan.Zero || !_budget.TrySpend())
        {
            return early ?? await one;
        }

        var two = calls.CallAsync(Choose(Elsewhere(replicas, first)), work.Copy(part), stop.Token);
        return early is null ? await BetterAsync(one, two, stop) : await two;
    }

    /// <returns>Null where the answer is late: the replica may hang, and is passed over until it answers.</returns>
    private async Task<ScoreAnswer?> EarlyAsync(ReplicaKey replica, int rows, Task<ScoreAnswer> call)
    {
        if (!call.IsCompleted)
        {
            using var answered = new CancellationTokenSource();
            var late = Task.Delay(calls.LateAfter(replica, rows), time, answered.Token);
            if (await Task.WhenAny(call, late) != call)
            {
                calls.OnLate(replica);
                return null;
            }

            await answered.CancelAsync();
        }

        return await call;
    }

    /// <summary>The first answer that is no fault; the other call is cancelled and its blocks returned.</summary>
    private static async Task<ScoreAnswer> BetterAsync(
        Task<ScoreAnswer> one, Task<ScoreAnswer> two, CancellationTokenSource stop)
    {
        var first = await Task.WhenAny(one, two);
        var other = first == one ? two : one;
        if (first.IsCompletedSuccessfully && (await first).Fault is not null)
        {
            return await other;
        }

        await stop.CancelAsync();
        _ = ReturnAsync(other);
        return await first;
    }

    private static async Task ReturnAsync(Task<ScoreAnswer> late)
    {
        await ((Task)late).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var output in late.IsCompletedSuccessfully ? (await late).Outputs : [])
        {
            output.Dispose();
        }
    }

    /// <summary>On other silos, where there are some: what keeps a replica from answering may keep its silo.</summary>
    private static ImmutableArray<ReplicaKey> Elsewhere(
        ImmutableArray<ReplicaKey> replicas, ReplicaKey first)
    {
        var others = replicas.RemoveAll(replica => replica.Silo == first.Silo);
        return others.IsEmpty ? replicas.Remove(first) : others;
    }

    private ReplicaKey Choose(ImmutableArray<ReplicaKey> replicas)
    {
        if (replicas.Length == 1)
        {
            return replicas[0];
        }

        var one = random.Next(replicas.Length);
        var other = (one + 1 + random.Next(replicas.Length - 1)) % replicas.Length;
        return calls.WeightOf(replicas[one]).CompareTo(calls.WeightOf(replicas[other])) <= 0
            ? replicas[one]
            : replicas[other];
    }
}
