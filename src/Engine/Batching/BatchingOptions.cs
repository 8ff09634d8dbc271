using System.ComponentModel.DataAnnotations;

namespace ScoringCluster.Engine.Batching;

/// <summary>How rows gather into batches (section <c>Batching</c>).</summary>
public sealed class BatchingOptions
{
    public const string Section = "Batching";

    /// <summary>Rows of one execution.</summary>
    /// <value>The default is 32: on CPUs convolutional models gain little beyond 8 rows, small dense models do.</value>
    [Range(1, 4096)]
    public int RowsMax { get; set; } = 32;

    /// <summary>Whether batches stay below <see cref="RowsMax"/> where measured executions say that a row costs no less
    /// in a larger one.</summary>
    /// <value>The default is true: a batch that is larger than it pays only makes its callers wait.</value>
    public bool CapByCost { get; set; } = true;

    /// <summary>Rows that may wait in one lane of a model's queue; one row more is refused.</summary>
    /// <value>The default is 4096: seconds of work for a typical model, beyond which nobody waits.</value>
    [Range(1, 1_000_000)]
    public int QueueRowsMax { get; set; } = 4096;

    /// <summary>Bytes that may wait in one lane of a model's queue.</summary>
    /// <value>The default is 256 MiB, so that a queue of large pictures stays within a small machine.</value>
    [Range(1, 1L << 40)]
    public long QueueBytesMax { get; set; } = 256L << 20;

    /// <summary>Of so many batches of a device the archive takes one while both lanes have work.</summary>
    /// <value>The default is 4: online callers wait little, and the archive never stands still.</value>
    [Range(2, 1000)]
    public int ArchiveTurn { get; set; } = 4;
}
