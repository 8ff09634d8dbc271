using System.Collections.Immutable;
using System.Diagnostics;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>Rows that one caller hands to a replica's queue.</summary>
public sealed class BatchRequest
{
    public required ModelSignature Signature { get; init; }

    /// <summary>
    /// One tensor for every input of the signature, in its order. The queue owns them from the call on, whatever
    /// comes of it.
    /// </summary>
    public required ImmutableArray<Tensor> Inputs { get; init; }

    /// <summary>Entries along the batch axis; 1 where the signature has none.</summary>
    public required int Rows { get; init; }

    public Lane Lane { get; init; }

    /// <summary>Time left until the caller stops waiting; <see cref="Timeout.InfiniteTimeSpan"/> for archive
    /// work.</summary>
    public TimeSpan TimeLeft { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>1 for the first level of <see cref="BatchingOptions.PriorityLevels"/> to be served, and so on; 0 for
    /// the model's default.</summary>
    public int Priority { get; init; }

    /// <summary>Rows never share an execution with another request: an archive's fixed batch.</summary>
    public bool Exclusive { get; init; }

    /// <summary>Pad the execution to this many rows (repeating the last one); 0 for no padding.</summary>
    public int PadToRows { get; init; }

    /// <summary>A short execution may run on the thread that calls: for callers that share it with nobody.</summary>
    public bool CallersThread { get; init; }

    /// <summary>The caller's span, which the batch links to.</summary>
    public ActivityContext Trace { get; init; }
}
