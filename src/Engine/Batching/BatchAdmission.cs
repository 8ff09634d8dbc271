using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>What a queue takes, and what it refuses at once and why.</summary>
internal sealed class BatchAdmission(BatchingOptions options, BatchGroups groups, TimeProvider time)
{
    public static ScoringFault Cancelled() => new(FaultKind.Cancelled, "The caller went away.");

    /// <summary>What is wrong with a request, whatever waits.</summary>
    /// <param name="cost">Its signature, where there is one of that name.</param>
    public ScoringFault? Refuse(BatchRequest request, CancellationToken cancellationToken, out SignatureCost? cost)
    {
        cost = groups.Find(request.Signature.Name);
        if (cost is null)
        {
            return new ScoringFault(
                FaultKind.RequestInvalid, $"The model has no signature '{request.Signature.Name}'.");
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return Cancelled();
        }

        if (request.TimeLeft <= TimeSpan.Zero && request.TimeLeft != Timeout.InfiniteTimeSpan)
        {
            return new ScoringFault(FaultKind.DeadlineExceeded, "The deadline passed before the rows were queued.");
        }

        return RequestCheck.Check(cost.Signature, request);
    }

    /// <summary>More than an empty queue takes.</summary>
    public ScoringFault? TooLarge(int rows, long bytes) =>
        rows <= options.QueueRowsMax && bytes <= options.QueueBytesMax ? null : new ScoringFault(
            FaultKind.RequestTooLarge,
            $"The request has {rows} rows and {bytes} bytes; the queue takes {options.QueueRowsMax} rows and "
                + $"{options.QueueBytesMax} bytes.");

    /// <summary>Why the rows may not wait: too many do, or they would be too late behind those.</summary>
    /// <param name="seconds">Time that the device's slots need for what waits.</param>
    /// <param name="isBusy">No slot is free: what waits begins when an execution ends.</param>
    public ScoringFault? NoRoom(
        RequestProgress progress, long bytes, LaneQueue waiting, double seconds, bool isBusy)
    {
        if (waiting.Rows + progress.Request.Rows > options.QueueRowsMax
            || waiting.Bytes + bytes > options.QueueBytesMax)
        {
            return Overloaded($"The queue is full: {waiting.Rows} rows and {waiting.Bytes} bytes wait.", seconds);
        }

        // Only behind others: an estimate alone must not keep rows from an idle device.
        var last = progress.Parts[^1];
        var wait = seconds + (isBusy ? Seconds(last, waiting) : 0);
        return waiting.First is { } first && first.Level <= last.Level
            && EndOf(last, waiting, wait) > progress.Deadline
            ? Overloaded(
                $"The {waiting.Rows} rows that wait take {seconds:0.###} s, longer than the call has.", seconds)
            : null;
    }

    /// <summary>Rows waited as long as they may.</summary>
    /// <param name="seconds">Time that the device's slots need for what waits.</param>
    public ScoringFault Tired(double seconds) =>
        Overloaded($"The rows waited {options.QueueTimeMax.TotalSeconds} s, as long as they may.", seconds);

    /// <summary>The clock's timestamp at which the part has executed, after so many seconds of waiting.</summary>
    public double EndOf(QueuedWork part, LaneQueue waiting, double wait = 0) =>
        time.GetTimestamp() + ((wait + Seconds(part, waiting)) * time.TimestampFrequency);

    /// <summary>The clock's timestamp until which the request's parts may wait.</summary>
    public long QueuedUntil(RequestProgress progress) => options.QueueTimeMax == TimeSpan.Zero
        ? long.MaxValue
        : progress.Arrived + (long)(options.QueueTimeMax.TotalSeconds * time.TimestampFrequency);

    /// <summary>What the part's execution takes, with what waits beside it: it ends for all of them at once.</summary>
    private double Seconds(QueuedWork part, LaneQueue waiting)
    {
        var most = options.CapByCost && part.Group.Sizes is { } sizes ? sizes.GatherRows : options.RowsMax;
        return part.Group.Seconds(
            part.Alone ? part.Rows : (int)Math.Max(part.Rows, Math.Min(most, part.Rows + waiting.RowsOf(part.Group))));
    }

    private static ScoringFault Overloaded(string problem, double queuedSeconds) =>
        new(FaultKind.Overloaded, problem)
        {
            RetryAfter = TimeSpan.FromSeconds(Math.Max(0.001, queuedSeconds)),
        };
}
