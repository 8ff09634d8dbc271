namespace ScoringCluster.Core;

/// <summary>
/// Every way in which a call is expected to fail, and who should act. The numbers travel between processes and stand
/// in error files: they never change.
/// </summary>
public enum FaultKind
{
    /// <summary>No model of that name: the caller corrects the name.</summary>
    ModelUnknown = 1,

    /// <summary>The model has no such version or label: the caller corrects it.</summary>
    VersionUnknown = 2,

    /// <summary>The model is known and not loaded: it loads now, or its load failed and the message says why.</summary>
    ModelNotReady = 3,

    /// <summary>
    /// Names, types, shapes or row counts do not fit the signature, or the body is malformed: the caller corrects them.
    /// </summary>
    RequestInvalid = 4,

    /// <summary>The request exceeds a limit that the message names: the caller sends less.</summary>
    RequestTooLarge = 5,

    /// <summary>The queue is full: the caller comes back after the hint.</summary>
    Overloaded = 6,

    /// <summary>The caller's time ran out before an answer: nobody acts.</summary>
    DeadlineExceeded = 7,

    /// <summary>The caller went away.</summary>
    Cancelled = 8,

    /// <summary>The replica is not loaded (any more), the rows surely did not run: the router tries another.</summary>
    ReplicaGone = 9,

    /// <summary>The engine failed on these rows: the message names op or tensor.</summary>
    ModelFailed = 10,

    /// <summary>One image or row of the input cannot be read: the caller looks at that item.</summary>
    InputUnreadable = 11,

    /// <summary>The path lies under no configured root: the operator sets the option that the message names.</summary>
    PathRefused = 12,

    /// <summary>No job of that id.</summary>
    JobUnknown = 13,

    /// <summary>The output folder holds another job, or the id names other work: the caller chooses another.</summary>
    JobConflict = 14,

    /// <summary>A shard's receipt exists and says something else: two different jobs wrote here.</summary>
    ShardConflict = 15,

    /// <summary>A defect of the server: its log has the exception.</summary>
    Internal = 16,

    /// <summary>
    /// The output folder cannot be created, read or written: the caller names another one, or the operator gives it
    /// rights or room.
    /// </summary>
    OutputUnwritable = 17,
}
