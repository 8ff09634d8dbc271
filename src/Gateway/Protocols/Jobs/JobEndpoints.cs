using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;

namespace ScoringCluster.Gateway.Protocols.Jobs;

/// <summary><c>/api/jobs</c>: asks for archive jobs and says how far they are.</summary>
internal sealed class JobEndpoints(IGrainFactory grains)
{
    private const int BodyBytesMax = 64 << 10;

    private IJobsGrain Jobs => grains.GetGrain<IJobsGrain>(IJobsGrain.Key);

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/jobs", SubmitAsync);
        app.MapGet("/api/jobs", ListAsync);
        app.MapGet("/api/jobs/{id}", GetAsync);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        var (request, fault) = await ReadAsync(context);
        if (request is null)
        {
            await HttpFaults.WriteAsync(context, fault!);
            return;
        }

        var reply = await Jobs.Submit(request, context.RequestAborted);
        if (reply.Job is null)
        {
            await HttpFaults.WriteAsync(context, reply.Fault!);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers.Location =
            $"{context.Request.Scheme}://{context.Request.Host}/api/jobs/{reply.Job.JobId}";
        JobJson.Write(context, json => JobJson.Write(json, reply.Job));
    }

    private async Task ListAsync(HttpContext context)
    {
        var jobs = await Jobs.List();
        JobJson.Write(context, json =>
        {
            json.WriteStartArray();
            foreach (var job in jobs)
            {
                JobJson.Write(json, job);
            }

            json.WriteEndArray();
        });
    }

    private async Task GetAsync(HttpContext context)
    {
        var reply = await Jobs.Get((string)context.GetRouteValue("id")!);
        if (reply.Job is { } job)
        {
            JobJson.Write(context, json => JobJson.Write(json, job));
        }
        else
        {
            await HttpFaults.WriteAsync(context, reply.Fault!);
        }
    }

    private static async Task<(JobRequest? Request, ScoringFault? Fault)> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > BodyBytesMax)
        {
            return (null,
                new ScoringFault(FaultKind.RequestTooLarge, $"A job's request has at most {BodyBytesMax} bytes."));
        }

        try
        {
            using var document =
                await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            return (null, new ScoringFault(FaultKind.RequestInvalid, $"The request is not JSON: {e.Message}"));
        }
    }

    private static (JobRequest? Request, ScoringFault? Fault) Read(JsonElement root)
    {
        var violations = new List<FaultViolation>();
        if (root.ValueKind != JsonValueKind.Object)
        {
            return (null, new ScoringFault(FaultKind.RequestInvalid, "A JSON object is expected."));
        }

        string[] known = ["model", "version", "input", "output", "id"];
        violations.AddRange(root.EnumerateObject().Where(p => !known.Contains(p.Name))
            .Select(p => new FaultViolation(
                p.Name, $"there is no such property; there are {string.Join(", ", known)}")));
        string? Text(string name, bool required)
        {
            if (root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                && value.GetString() is { Length: > 0 } text)
            {
                return text;
            }

            if (required || value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
            {
                violations.Add(new(name, "a text is expected"));
            }

            return null;
        }

        int? version = null;
        if (root.TryGetProperty("version", out var number) && number.ValueKind != JsonValueKind.Null)
        {
            version = number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value) && value > 0
                ? value : null;
            if (version is null)
            {
                violations.Add(new("version", "a positive whole number is expected"));
            }
        }

        var request = new JobRequest(
            Text("model", required: true) ?? "", version, Text("input", required: true)
                ?? "", Text("output", required: true) ?? "", Text("id", required: false));
        return violations.Count == 0 ? (request, null) : (null, ScoringFault.Invalid(violations));
    }
}
