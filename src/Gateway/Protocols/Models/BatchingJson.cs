using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Models;

/// <summary>Batching reports as JSON. Times are seconds.</summary>
internal static class BatchingJson
{
    /// <param name="replicas">Without a report where a replica did not answer.</param>
    public static void Write(
        HttpContext context, ModelRef model, IEnumerable<(ReplicaKey Replica, BatchingReport? Report)> replicas)
    {
        context.Response.ContentType = "application/json";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Writing);
        json.WriteStartObject();
        json.WriteString("model", model.Name);
        json.WriteNumber("version", model.Version);
        json.WriteStartArray("replicas");
        foreach (var (replica, report) in replicas)
        {
            json.WriteStartObject();
            json.WriteString("replica", replica.ToString());
            if (report is null)
            {
                json.WriteString("error", "The replica does not answer.");
            }
            else
            {
                Write(json, report);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BatchingReport report)
    {
        json.WriteNumber("slots", report.Slots);
        json.WriteStartObject("options");
        foreach (var option in report.Options)
        {
            json.WriteString(option.Name, option.Text);
        }

        json.WriteEndObject();
        json.WriteStartObject("lanes");
        foreach (var lane in report.Lanes)
        {
            json.WriteStartObject(lane.Lane == Lane.Online ? "online" : "archive");
            json.WriteNumber("rows", lane.Rows);
            json.WriteNumber("bytes", lane.Bytes);
            json.WriteNumber("oldest_seconds", lane.OldestSeconds);
            json.WriteNumber("queued_seconds", lane.QueuedSeconds);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("learned");
        foreach (var sizes in report.Sizes)
        {
            Write(json, sizes);
        }

        json.WriteEndArray();
        Write(json, report.Totals);
    }

    private static void Write(Utf8JsonWriter json, SizesReport sizes)
    {
        json.WriteStartObject();
        json.WriteString("signature", sizes.Signature);
        json.WriteStartArray("row_shapes");
        foreach (var shape in sizes.Shapes)
        {
            json.WriteStringValue(shape.ToString());
        }

        json.WriteEndArray();
        json.WriteNumber("gather_rows", sizes.GatherRows);
        json.WriteNumber("split_rows", sizes.SplitRows);
        json.WriteStartArray("sizes");
        foreach (var size in sizes.Learned)
        {
            json.WriteStartObject();
            json.WriteNumber("rows", size.Rows);
            json.WriteNumber("seconds_per_row", size.SecondsPerRow);
            json.WriteNumber("executions", size.Executions);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BatchingTotals totals)
    {
        json.WriteStartObject("totals");
        json.WriteNumber("rows", totals.Rows);
        json.WriteNumber("padding_rows", totals.PaddingRows);
        json.WriteNumber("executed_seconds", totals.ExecutedSeconds);
        json.WriteNumber("failed_batches", totals.FailedBatches);
        json.WriteNumber("requests_refused", totals.Refused);
        json.WriteNumber("requests_expired", totals.Expired);
        json.WriteNumber("requests_cancelled", totals.Cancelled);
        json.WriteStartObject("closed_by");
        foreach (var reason in totals.ClosedBy)
        {
            json.WriteNumber(reason.Name, reason.Count);
        }

        json.WriteEndObject();
        json.WriteStartArray("rows_per_batch");
        foreach (var size in totals.RowsPerBatch)
        {
            json.WriteStartObject();
            json.WriteNumber("from", size.Rows);
            json.WriteNumber("batches", size.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
