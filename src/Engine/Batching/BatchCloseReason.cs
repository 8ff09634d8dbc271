namespace ScoringCluster.Engine.Batching;

/// <summary>Why a batch closed: what to look at when batches are smaller than hoped.</summary>
internal enum BatchCloseReason
{
    /// <summary>It has as many rows as one execution takes.</summary>
    Full,

    /// <summary>The next request would not have fitted whole.</summary>
    NextTooLarge,

    /// <summary>The next request has another signature or row shape.</summary>
    Shape,

    /// <summary>A slot was free and nothing else waited.</summary>
    Idle,

    /// <summary>Its request shares with no other: an archive's fixed batch, or a model whose rows depend on each
    /// other.</summary>
    Exclusive,
}
