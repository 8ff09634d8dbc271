namespace ScoringCluster.Engine.Batching;

/// <summary>Why a batch closed: what to look at when batches are smaller than hoped.</summary>
internal enum BatchCloseReason
{
    /// <summary>It has as many rows as one execution takes.</summary>
    Full,

    /// <summary>It has as many rows as a preferred size.</summary>
    Preferred,

    /// <summary>A row would cost no less in a larger one, by what was measured.</summary>
    Cost,

    /// <summary>The next request would not have fitted whole, in rows or in bytes.</summary>
    NextTooLarge,

    /// <summary>Only rows of another signature or row shape are left to wait.</summary>
    Shape,

    /// <summary>A slot was free and nothing else waited.</summary>
    Idle,

    /// <summary>Its first row waited as long as it may.</summary>
    Delay,

    /// <summary>No more online rows of its kind waited, and archive rows took room that was left.</summary>
    Backfilled,

    /// <summary>Its request shares with no other: an archive's fixed batch.</summary>
    Exclusive,

    /// <summary>Its signature has no batch axis.</summary>
    Single,

    /// <summary>A request of a batch that failed, run again by itself.</summary>
    Isolated,
}
