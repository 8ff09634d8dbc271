using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>Answers to the parts of one request, put together as if there had been one.</summary>
internal static class PartAnswers
{
    /// <param name="answers">In the order of the rows; null for a part that was not sent: another one failed.</param>
    /// <param name="rows">Of the whole request.</param>
    public static ScoreAnswer Merge(IReadOnlyList<ScoreAnswer?> answers, int rows, TensorBlockPool pool)
    {
        var sent = answers.OfType<ScoreAnswer>().ToList();

        // Parts that were given up because another one failed say nothing of why.
        var fault = sent.Find(answer => answer.Fault is { Kind: not FaultKind.Cancelled })
            ?? sent.Find(answer => answer.Fault is not null);
        if (fault is not null)
        {
            foreach (var output in sent.SelectMany(answer => answer.Outputs))
            {
                output.Dispose();
            }

            return fault;
        }

        var outputs = TensorRows.Join(pool, [.. sent.Select(answer => answer.Outputs)], rows, out var ragged);
        return new ScoreAnswer
        {
            Replica = sent[0].Replica,
            Engine = sent[0].Engine,
            Fault = ragged is null ? null : new ScoringFault(
                FaultKind.ModelFailed,
                $"The rows of output '{ragged}' have different shapes in the parts of the request."),
            Outputs = outputs,
            Queued = sent.Max(answer => answer.Queued),
            Computed = sent.Aggregate(TimeSpan.Zero, (sum, answer) => sum + answer.Computed),
            BatchRows = sent.Max(answer => answer.BatchRows),
            QueuedSeconds = sent[^1].QueuedSeconds,
        };
    }
}
