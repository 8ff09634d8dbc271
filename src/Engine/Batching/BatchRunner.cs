using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Batching;

/// <summary>Executes batches of one model on a device's slots, and hands every caller its own rows.</summary>
internal sealed partial class BatchRunner(
    IModel model, ModelRef reference, Device device, BatchingOptions options, BatchingInstruments instruments,
    TimeProvider time, ILogger<BatchRunner> logger) : IDisposable
{
    private static readonly ActivitySource _source = new(TelemetryNames.Source);

    private readonly BatchTags _tags = new(reference, device.Id);
    private readonly SlotBuffers[] _inputs = Buffers(device, options);
    private readonly SlotBuffers[] _outputs = Buffers(device, options);

    public BatchStatistics Statistics { get; } = new();

    /// <summary>Runs on a thread that has the slot; never throws.</summary>
    public void Run(Batch batch, int slot)
    {
        try
        {
            // :: Step 7: Execute what closed, on the thread that has the slot; a failing batch runs again by halves.
            var parts = Started(batch.Parts);
            if (parts.Count == 0)
            {
                return;
            }

            using var activity = StartActivity(parts, batch);
            if (Execute(parts, slot, batch.Reason) is not { } fault)
            {
                return;
            }

            if (parts.Count > 1)
            {
                LogBatchFailed(reference, parts.Count, fault);
            }

            Isolate(parts, slot, fault);
        }
        catch (Exception e)
        {
            // A defect of ours or of the engine must not take the slot with it.
            LogUnexpected(e, reference);
            foreach (var part in batch.Parts)
            {
                part.Progress.Fail(new ScoringFault(
                    FaultKind.Internal, "The execution failed unexpectedly; the server's log has the reason."));
            }
        }
        finally
        {
            foreach (var part in batch.Parts)
            {
                part.End();
            }
        }
    }

    /// <summary>The slot has nothing to do: what executions left in memory goes. Never throws.</summary>
    public void Trim(int slot)
    {
        try
        {
            _inputs[slot].Dispose();
            _outputs[slot].Dispose();
            model.Trim(slot);
        }
        catch (Exception e)
        {
            LogUnexpected(e, reference);
        }
    }

    /// <summary>After the last batch.</summary>
    public void Dispose()
    {
        Array.ForEach(_inputs, buffers => buffers.Dispose());
        Array.ForEach(_outputs, buffers => buffers.Dispose());
    }

    private static SlotBuffers[] Buffers(Device device, BatchingOptions options) =>
        [.. Enumerable.Range(0, device.Slots).Select(_ => new SlotBuffers(options.RowsMax))];

    /// <summary>Not where every batch comes by: the delegate is memory.</summary>
    private void Isolate(List<QueuedWork> parts, int slot, EngineFault fault) =>
        new BatchIsolation(some => Execute(some, slot, BatchCloseReason.Isolated)).Isolate(parts, fault);

    private List<QueuedWork> Started(List<QueuedWork> parts)
    {
        List<QueuedWork>? some = null;
        for (var i = 0; i < parts.Count; i++)
        {
            if (!TryStart(parts[i]))
            {
                some ??= parts[..i];
            }
            else
            {
                some?.Add(parts[i]);
            }
        }

        return some ?? parts;
    }

    /// <summary>Leaves out parts whose request was answered meanwhile: their rows never reach the device.</summary>
    private bool TryStart(QueuedWork part)
    {
        if (!part.Progress.TryStart())
        {
            return false;
        }

        instruments.OnStarted(_tags, part.Request.Lane, part.Progress.Age);
        return true;
    }

    private EngineFault? Execute(List<QueuedWork> parts, int slot, BatchCloseReason reason)
    {
        var signature = parts[0].Group.Signature;
        var (rows, asked) = (0, 0);
        foreach (var part in parts)
        {
            rows += part.Rows;
            asked = Math.Max(asked, part.Request.PadToRows);
        }

        var padded = !signature.Batched ? rows : asked > 0 ? Math.Max(rows, asked) : options.Padded(rows);

        // The engine reads and writes the request's own tensors: nothing is copied.
        var passThrough = parts.Count == 1 && padded == rows && parts[0].IsWholeRequest;

        var began = time.GetTimestamp();
        var gathered = passThrough ? null : BatchTensors.Gather(parts, padded, _inputs[slot]);
        var inputs = gathered ?? parts[0].Request.Inputs.AsSpan();
        var outputs = BatchTensors.Outputs(signature, padded, passThrough ? null : _outputs[slot]);
        var started = time.GetTimestamp();
        var fault = Execute(signature, slot, inputs, outputs, padded);
        var elapsed = time.GetElapsedTime(started);
        instruments.OnExecuted(_tags, parts[0].Request.Lane, rows, padded - rows, elapsed, reason, fault is not null);
        Statistics.OnExecuted(rows, padded - rows, elapsed, reason, fault is not null);
        if (gathered is not null)
        {
            _inputs[slot].Return(signature.Inputs.AsSpan(), gathered);
        }

        if (fault is null)
        {
            var group = parts[0].Group;
            group.Cost.Learn(padded, elapsed);
            if (passThrough)
            {
                parts[0].Progress.Complete(
                    parts[0], ImmutableCollectionsMarshal.AsImmutableArray<Tensor>(outputs!), elapsed, rows);
            }
            else
            {
                Scatter(parts, outputs, elapsed, rows);
            }

            group.Sizes?.Learn(padded, time.GetElapsedTime(began));
        }

        if (fault is not null || !passThrough)
        {
            _outputs[slot].Return(signature.Outputs.AsSpan(), outputs);
        }

        return fault;
    }

    private EngineFault? Execute(
        ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs, int padded)
    {
        using var activity = _source.StartActivity(TelemetryNames.Spans.Execute);
        activity?.SetTag(TelemetryNames.Tags.Rows, padded);
        var fault = TryExecute(signature, slot, inputs, outputs)
            ?? BatchTensors.CheckRows(signature, outputs, padded);
        activity?.SetStatus(fault is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, fault?.ToString());
        return fault;
    }

    /// <summary>An engine that throws is defective, and the rows that make it throw are found like bad ones.</summary>
    private EngineFault? TryExecute(
        ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
    {
        try
        {
            return model.Execute(signature, slot, inputs, outputs);
        }
        catch (Exception e)
        {
            LogUnexpected(e, reference);
            return BatchIsolation.Unexpected;
        }
    }

    /// <summary>Hands every part a copy of its own rows.</summary>
    private static void Scatter(List<QueuedWork> parts, ReadOnlySpan<Tensor?> outputs, TimeSpan elapsed, int rows)
    {
        var at = 0;
        RequestProgress? before = null;
        foreach (var part in parts)
        {
            // A request's parts stand behind each other, and the execution counts once for all of them.
            var computed = ReferenceEquals(part.Progress, before) ? TimeSpan.Zero : elapsed;
            if (part.IsWholeRequest)
            {
                part.Progress.Complete(part, BatchTensors.Slice(outputs, at, part.Rows), computed, rows);
            }
            else
            {
                part.Progress.Add(part, outputs, at, computed, rows);
            }

            before = part.Progress;
            at += part.Rows;
        }
    }

    /// <summary>The batch stands in the trace of a recorded member and is linked to every member.</summary>
    private Activity? StartActivity(List<QueuedWork> parts, Batch batch)
    {
        if (!_source.HasListeners())
        {
            return null;
        }

        // In the trace of a member that is recorded, where one is: an unrecorded parent would drop the span.
        var links = parts.Select(p => p.Request.Trace).Where(t => t != default).Distinct()
            .OrderByDescending(t => t.TraceFlags & ActivityTraceFlags.Recorded)
            .Select(t => new ActivityLink(t))
            .ToList();
        var parent = links.Count > 0 ? links[0].Context : default;
        var activity = _source.StartActivity(TelemetryNames.Spans.Batch, ActivityKind.Internal, parent, links: links);
        activity?.SetTag(TelemetryNames.Tags.Model, reference.Name);
        activity?.SetTag(TelemetryNames.Tags.Version, reference.Version);
        activity?.SetTag(TelemetryNames.Tags.Device, device.Id.ToString());
        activity?.SetTag(TelemetryNames.Tags.Rows, batch.Rows);
        activity?.SetTag(TelemetryNames.Tags.CloseReason, BatchingInstruments.Name(batch.Reason));
        activity?.AddEvent(new ActivityEvent(TelemetryNames.Spans.BatchClosed, tags: new ActivityTagsCollection
        {
            [TelemetryNames.Tags.CloseReason] = BatchingInstruments.Name(batch.Reason),
            [TelemetryNames.Tags.QueueSeconds] = parts.Max(part => part.Progress.Age).TotalSeconds,
        }));
        QueueSpans(parts, activity);
        return activity;
    }

    /// <summary>The wait of each sampled request, ended now, as a span of the request's own trace.</summary>
    private static void QueueSpans(List<QueuedWork> parts, Activity? batch)
    {
        if (batch is null)
        {
            return;
        }

        foreach (var part in parts.Where(p => (p.Request.Trace.TraceFlags & ActivityTraceFlags.Recorded) != 0)
            .DistinctBy(p => p.Progress))
        {
            using var span = _source.StartActivity(
                TelemetryNames.Spans.Queue, ActivityKind.Internal, part.Request.Trace,
                    startTime: batch.StartTimeUtc - part.Progress.Age);
            span?.SetEndTime(batch.StartTimeUtc);
        }
    }
}
