using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>What came of a <see cref="BatchRequest"/>: outputs, or a fault.</summary>
/// <param name="Outputs">One tensor an output of the signature, in its order; the caller owns them. Empty with a
/// fault.</param>
/// <param name="Queued">From the call to the start of the execution.</param>
/// <param name="Computed">The execution's own time; the sum of them where the request was split.</param>
/// <param name="BatchRows">Rows of the execution, the largest of several, padding not counted.</param>
public sealed record BatchOutcome(
    ScoringFault? Fault, ImmutableArray<Tensor> Outputs, TimeSpan Queued, TimeSpan Computed, int BatchRows)
{
    public static BatchOutcome Failed(ScoringFault fault, TimeSpan queued = default) =>
        new(fault, [], queued, TimeSpan.Zero, 0);
}
