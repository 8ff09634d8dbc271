using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>What batching measures; names and units as in <c>docs/TELEMETRY.md</c>.</summary>
internal sealed class BatchingInstruments
{
    private readonly Histogram<double> _queued;
    private readonly Counter<long> _batches;
    private readonly Histogram<long> _rows;
    private readonly Counter<long> _padding;
    private readonly Histogram<double> _executed;
    private readonly ConcurrentDictionary<BatchQueue, (ModelRef Model, DeviceId Device)> _queues = new();

    public BatchingInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryNames.Source);
        _queued = meter.CreateHistogram<double>(TelemetryNames.Instruments.QueueDuration, "s");
        _batches = meter.CreateCounter<long>(TelemetryNames.Instruments.Batches, "{batch}");
        _rows = meter.CreateHistogram<long>(TelemetryNames.Instruments.BatchRows, "{row}");
        _padding = meter.CreateCounter<long>(TelemetryNames.Instruments.BatchPadding, "{row}");
        _executed = meter.CreateHistogram<double>(TelemetryNames.Instruments.ExecuteDuration, "s");
        meter.CreateObservableUpDownCounter(TelemetryNames.Instruments.QueueRows, ObserveQueues, "{row}");
    }

    public static string Name(BatchCloseReason reason) => reason switch
    {
        BatchCloseReason.Full => "full",
        BatchCloseReason.Preferred => "preferred",
        BatchCloseReason.Cost => "cost",
        BatchCloseReason.NextTooLarge => "next_too_large",
        BatchCloseReason.Shape => "shape",
        BatchCloseReason.Idle => "idle",
        BatchCloseReason.Delay => "delay",
        BatchCloseReason.Backfilled => "backfilled",
        BatchCloseReason.Exclusive => "exclusive",
        BatchCloseReason.Single => "single",
        BatchCloseReason.Isolated => "isolated",
    };

    /// <summary>From now on the queue's rows are reported.</summary>
    public void OnOpened(ModelRef model, DeviceId device, BatchQueue queue) => _queues[queue] = (model, device);

    public void OnClosed(BatchQueue queue) => _queues.TryRemove(queue, out _);

    public void OnStarted(BatchTags of, Lane lane, TimeSpan queued) =>
        _queued.Record(queued.TotalSeconds, of.Of(lane));

    public void OnExecuted(
        BatchTags of, Lane lane, int rows, int padding, TimeSpan elapsed, BatchCloseReason reason, bool failed)
    {
        var tags = of.Of(lane);
        _rows.Record(rows, tags);
        if (padding > 0)
        {
            _padding.Add(padding, tags);
        }

        _executed.Record(elapsed.TotalSeconds, tags);
        tags.Add(TelemetryNames.Tags.CloseReason, Name(reason));
        tags.Add(TelemetryNames.Tags.Outcome, failed ? "failed" : "ok");
        _batches.Add(1, tags);
    }

    private IEnumerable<Measurement<long>> ObserveQueues()
    {
        foreach (var (queue, (model, device)) in _queues)
        {
            var tags = new BatchTags(model, device);
            yield return new(queue.QueuedRows(Lane.Online), tags.Of(Lane.Online));
            yield return new(queue.QueuedRows(Lane.Archive), tags.Of(Lane.Archive));
        }
    }
}
