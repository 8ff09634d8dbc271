using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ScoringCluster.ServiceDefaults.Health;

/// <summary>Probes: live while the process answers, ready while it has what it requires.</summary>
internal sealed class HealthEndpoints(Readiness readiness)
{
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", Probes.Of(() => true));
        app.MapGet("/health/startup", Probes.Of(() => readiness.IsStarted));
        app.MapGet("/health/ready", Probes.Of(() => readiness.IsReady));
    }
}
