using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Gateway.Faults;

namespace ScoringCluster.Gateway.Protocols.Jobs;

/// <summary><c>/api/jobs</c>: asks for archive jobs and says how far they are.</summary>
internal sealed class JobEndpoints(IGrainFactory grains)
{
    private IJobsGrain Jobs => grains.GetGrain<IJobsGrain>(IJobsGrain.Key);

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/jobs", SubmitAsync);
        app.MapGet("/api/jobs", ListAsync);
        app.MapGet("/api/jobs/{id}", GetAsync);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        var (request, fault) = await JobRequestReader.ReadAsync(context);
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

        // A reference without host: what the caller called itself is the only address known to reach this gateway.
        context.Response.Headers.Location = $"/api/jobs/{Uri.EscapeDataString(reply.Job.JobId)}";
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
}
