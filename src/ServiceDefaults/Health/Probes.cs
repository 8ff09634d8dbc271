using Microsoft.AspNetCore.Http;

namespace ScoringCluster.ServiceDefaults.Health;

public static class Probes
{
    /// <summary>An endpoint that answers with 200 where all is well, else with 503.</summary>
    /// <remarks>
    /// It writes the answer by itself: for a handler that returns a result the framework compiles expressions, which
    /// takes time and memory at the start.
    /// </remarks>
    public static RequestDelegate Of(Func<bool> isWell) => context =>
    {
        context.Response.StatusCode = isWell() ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    };
}
