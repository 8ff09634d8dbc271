using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Protocols.Health;

/// <summary>Probes: live while the process answers, ready while the required models can be called.</summary>
internal sealed class HealthEndpoints(RouteTableHolder routes)
{
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Ok());
        app.MapGet("/health/startup", () => Status(routes.Table.Version > 0));
        app.MapGet("/health/ready", () => Status(routes.Table.IsReady));
    }

    private static IResult Status(bool well) =>
        Results.StatusCode(well ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
