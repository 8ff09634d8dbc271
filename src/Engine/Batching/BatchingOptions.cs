using System.ComponentModel.DataAnnotations;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// How rows gather into batches (section <c>Batching</c>), for all models or, under <c>Batching:Models:NAME</c>, for
/// one.
/// </summary>
public sealed class BatchingOptions : IValidatableObject
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

    /// <summary>Sizes that batches close at, ascending: the largest that the waiting rows fill. Fewer rows than the
    /// smallest do not wait for it unless <see cref="DelayMax"/> says so.</summary>
    /// <value>The default is none: the size follows from what a row costs.</value>
    public int[] PreferredRows { get; set; } = [];

    /// <summary>Sizes that the engine is given, ascending, the last of them <see cref="RowsMax"/>: a batch is padded to
    /// the next one by repeating its last row.</summary>
    /// <value>The default is none: any size. For devices that prepare each size anew.</value>
    public int[] AllowedRows { get; set; } = [];

    /// <summary>How long the first row of a batch may wait for others although a slot is free.</summary>
    /// <value>The default is zero: while all slots are busy rows gather by themselves, and otherwise waiting gains
    /// nothing.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan DelayMax { get; set; }

    /// <summary>How long rows may wait in the queue; a call's own deadline may be shorter. Zero for as long as that.
    /// </summary>
    /// <value>The default is zero.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan QueueTimeMax { get; set; }

    /// <summary>Levels of priority, 1 the first to be served. A call names one; what is urgent is not to wait for what
    /// is not.</summary>
    /// <value>The default is 1: all are alike.</value>
    [Range(1, 16)]
    public int PriorityLevels { get; set; } = 1;

    /// <summary>The level of calls that name none; 0 for the last.</summary>
    /// <value>The default is 0.</value>
    [Range(0, 16)]
    public int DefaultPriority { get; set; }

    /// <summary>The model's rows depend on each other, so that requests must not be merged, although it has a batch
    /// axis.</summary>
    /// <value>The default is false: what depends on other rows is found at loading.</value>
    public bool BatchDependent { get; set; }

    /// <summary>Of a device's time the archive gets this share while online work waits as well; for all models of a
    /// device together.</summary>
    /// <value>The default is 0.2: online callers wait for an archive batch now and then, and the archive never stands
    /// still.</value>
    [Range(0.01, 0.9)]
    public double ArchiveShare { get; set; } = 0.2;

    /// <summary>What a row count is padded to.</summary>
    internal int Padded(int rows)
    {
        foreach (var allowed in AllowedRows)
        {
            if (allowed >= rows)
            {
                return allowed;
            }
        }

        return rows;
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsAscending(PreferredRows) || PreferredRows.Any(rows => rows > RowsMax))
        {
            yield return new ValidationResult(
                $"{nameof(PreferredRows)} must be ascending numbers from 1 to {nameof(RowsMax)}, {RowsMax}.");
        }

        if (!IsAscending(AllowedRows) || (AllowedRows.Length > 0 && AllowedRows[^1] != RowsMax))
        {
            yield return new ValidationResult(
                $"{nameof(AllowedRows)} must be ascending numbers from 1, the last of them {nameof(RowsMax)}, "
                    + $"{RowsMax}.");
        }

        if (DefaultPriority > PriorityLevels)
        {
            yield return new ValidationResult(
                $"{nameof(DefaultPriority)} must be one of the {PriorityLevels} {nameof(PriorityLevels)}.");
        }
    }

    private static bool IsAscending(int[] rows) =>
        rows.Index().All(size => size.Item > (size.Index == 0 ? 0 : rows[size.Index - 1]));
}
