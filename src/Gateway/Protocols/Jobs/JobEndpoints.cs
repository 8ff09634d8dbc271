using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScoringCluster.Contracts.Jobs;

namespace ScoringCluster.Gateway.Protocols.Jobs;

/// <summary><c>/api/jobs</c>: asks for archive jobs and says how far they are.</summary>
internal sealed class JobEndpoints(IGrainFactory grains, Calls calls)
{
    private const string Protocol = "jobs-http";

    private IJobsGrain Jobs => grains.GetGrain<IJobsGrain>(IJobsGrain.Key);

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/jobs", (HttpContext context) => calls.RunAsync(context, Protocol, SubmitAsync));
        app.MapGet("/api/jobs", (HttpContext context) => calls.RunAsync(context, Protocol, ListAsync));
        app.MapGet("/api/jobs/{id}", (HttpContext context) => calls.RunAsync(context, Protocol, GetAsync));
    }

    private async Task SubmitAsync(CallScope call)
    {
        var context = call.Context;
        var (request, fault) = await JobRequestReader.ReadAsync(context);
        if (request is null)
        {
            await call.FailAsync(fault!);
            return;
        }

        var reply = await Jobs.Submit(request, context.RequestAborted);
        if (reply.Job is null)
        {
            await call.FailAsync(reply.Fault!);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;

        // A reference without host: what the caller called itself is the only address known to reach this gateway.
        context.Response.Headers.Location = $"/api/jobs/{Uri.EscapeDataString(reply.Job.JobId)}";
        JobJson.Write(context, json => JobJson.Write(json, reply.Job));
    }

    private async Task ListAsync(CallScope call)
    {
        var jobs = await Jobs.List();
        JobJson.Write(call.Context, json =>
        {
            json.WriteStartArray();
            foreach (var job in jobs)
            {
                JobJson.Write(json, job);
            }

            json.WriteEndArray();
        });
    }

    private async Task GetAsync(CallScope call)
    {
        var context = call.Context;
        var reply = await Jobs.Get((string)context.GetRouteValue("id")!);
        if (reply.Job is { } job)
        {
            JobJson.Write(context, json => JobJson.Write(json, job));
        }
        else
        {
            await call.FailAsync(reply.Fault!);
        }
    }
}
