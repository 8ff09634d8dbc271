using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Contracts.Jobs;

namespace ScoringCluster.Gateway.Protocols.Jobs;

/// <summary>A job's status as JSON.</summary>
internal static class JobJson
{
    public static void Write(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Writing);
        write(json);
    }

    public static void Write(Utf8JsonWriter json, JobStatus job)
    {
        json.WriteStartObject();
        json.WriteString("jobId", job.JobId);
        json.WriteString("state", NameOf(job.State));
        json.WriteString("model", job.Model.Name);
        json.WriteNumber("version", job.Model.Version);
        if (job.ManifestAssumed)
        {
            json.WriteBoolean("assumed", true);
        }

        json.WriteString("output", job.Output);
        json.WriteNumber("rows", job.Rows);
        json.WriteNumber("rowsScored", job.RowsScored);
        json.WriteNumber("rowsBad", job.RowsBad);
        json.WriteNumber("shards", job.Shards);
        json.WriteNumber("shardsCommitted", job.ShardsCommitted);
        json.WriteNumber("rowsPerSecond", Math.Round(job.RowsPerSecond, 1));
        json.WriteString("submitted", job.Submitted);
        if (job.Fault is { } fault)
        {
            json.WriteString("error", fault.Message);
        }

        json.WriteEndObject();
    }

    private static string NameOf(JobState state) => state switch
    {
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
    };
}
