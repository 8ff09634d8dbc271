using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Batching;

/// <summary>Executes batches of one model on a device's slots, and hands every caller its own rows.</summary>
internal sealed partial class BatchRunner(
    IModel model, ModelRef reference, DeviceId device, CostEstimate cost, BatchingInstruments instruments,
        TimeProvider time, ILogger logger)
{
    private static readonly ActivitySource _source = new(TelemetryNames.Source);

    /// <summary>Runs on the slot's thread; never throws.</summary>
    public void Run(Batch batch, int slot)
    {
        // :: Step 7: Execute what closed, on this slot's thread; a failing batch is run again part by part.
        var parts = batch.Parts.Where(Start(batch)).ToList();
        if (parts.Count == 0)
        {
            return;
        }

        try
        {
            using var activity = StartActivity(parts, batch);
            var fault = Execute(parts, slot, batch.Reason);
            if (fault is null || parts.Count == 1)
            {
                Finish(parts, fault);
                return;
            }

            LogBatchFailed(reference, parts.Count, fault);
            foreach (var part in parts)
            {
                Finish([part], Execute([part], slot, batch.Reason));
            }
        }
        catch (Exception e)
        {
            // A defect of ours or of the engine must not take the slot with it.
            LogUnexpected(e, reference);
            foreach (var part in parts)
            {
                part.Progress
                    .Fail(new ScoringFault(
                    FaultKind.Internal, "The execution failed unexpectedly; the server's log has the reason."));
                part.Progress.EndPart();
            }
        }
    }

    /// <summary>Leaves out parts whose request was answered meanwhile: their rows never reach the device.</summary>
    private Func<QueuedWork, bool> Start(Batch batch) => part =>
    {
        if (part.Progress.IsAnswered)
        {
            part.Progress.EndPart();
            return false;
        }

        part.Progress.Start(batch.Rows);
        instruments.OnStarted(reference, device, part.Request.Lane, part.Progress.Age);
        return true;
    };

    /// <summary>Ends parts that did not run; those that ran ended when they got their rows.</summary>
    private static void Finish(List<QueuedWork> parts, EngineFault? fault)
    {
        if (fault is null)
        {
            return;
        }

        foreach (var part in parts)
        {
            part.Progress.Fail(new ScoringFault(FaultKind.ModelFailed, $"The model failed on these rows: {fault}"));
            part.Progress.EndPart();
        }
    }

    private EngineFault? Execute(List<QueuedWork> parts, int slot, BatchCloseReason reason)
    {
        var request = parts[0].Request;
        var signature = request.Signature;
        var rows = parts.Sum(p => p.Rows);
        var padded = Math.Max(rows, request.Exclusive ? request.PadToRows : 0);
        var passThrough = parts.Count == 1 && parts[0].IsWholeRequest && padded == rows;

        var inputs = passThrough ? [.. request.Inputs] : BatchTensors.Gather(parts, padded);
        var outputs = BatchTensors.Outputs(signature, padded);
        var started = time.GetTimestamp();
        EngineFault? fault;
        using (var activity = _source.StartActivity(TelemetryNames.Spans.Execute))
        {
            activity?.SetTag(TelemetryNames.Tags.Rows, padded);
            fault = model.Execute(signature, slot, inputs, outputs)
                ?? BatchTensors.CheckRows(signature, outputs, padded);
            activity?.SetStatus(fault is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, fault?.ToString());
        }

        var elapsed = time.GetElapsedTime(started);
        instruments.OnExecuted(reference, device, request.Lane, rows, elapsed, reason, fault is not null);
        if (!passThrough)
        {
            BatchTensors.Return(inputs);
        }

        if (fault is not null)
        {
            BatchTensors.Return(outputs);
            return fault;
        }

        cost.Learn(padded, elapsed);
        BatchTensors.Scatter(parts, outputs, padded, elapsed);
        return null;
    }

    private Activity? StartActivity(List<QueuedWork> parts, Batch batch)
    {
        var links = parts.Select(p => p.Request.Trace).Where(t => t != default).Select(t => new ActivityLink(t))
            .ToList();
        var parent = links.Count > 0 ? links[0].Context : default;
        var activity = _source.StartActivity(TelemetryNames.Spans.Batch, ActivityKind.Internal, parent, links: links);
        activity?.SetTag(TelemetryNames.Tags.Model, reference.Name);
        activity?.SetTag(TelemetryNames.Tags.Version, reference.Version);
        activity?.SetTag(TelemetryNames.Tags.Device, device.ToString());
        activity?.SetTag(TelemetryNames.Tags.Rows, batch.Rows);
        activity?.SetTag(TelemetryNames.Tags.CloseReason, BatchingInstruments.Name(batch.Reason));
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

        foreach (var part in parts.Where(p => (p.Request.Trace.TraceFlags & ActivityTraceFlags.Recorded) != 0))
        {
            using var span = _source.StartActivity(
                TelemetryNames.Spans.Queue, ActivityKind.Internal, part.Request.Trace,
                    startTime: batch.StartTimeUtc - part.Progress.Age);
            span?.SetEndTime(batch.StartTimeUtc);
        }
    }
}
