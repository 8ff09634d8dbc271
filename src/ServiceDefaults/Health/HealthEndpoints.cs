using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ScoringCluster.ServiceDefaults.Health;

/// <summary>Probes: live while the process answers, ready while it has what it requires.</summary>
internal sealed class HealthEndpoints(Readiness readiness)
{
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Ok());
        app.MapGet("/health/startup", () => Status(readiness.IsStarted));
        app.MapGet("/health/ready", () => Status(readiness.IsReady));
    }

    private static IResult Status(bool well) =>
        Results.StatusCode(well ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
