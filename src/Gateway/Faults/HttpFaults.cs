using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Faults;

/// <summary>Faults as HTTP: the one place that knows which status each has.</summary>
internal static class HttpFaults
{
    public static int StatusOf(FaultKind kind) => kind switch
    {
        FaultKind.ModelUnknown or FaultKind.VersionUnknown or FaultKind.JobUnknown => StatusCodes.Status404NotFound,
        FaultKind.RequestInvalid or FaultKind.InputUnreadable or FaultKind.OutputUnwritable =>
            StatusCodes.Status400BadRequest,
        FaultKind.RequestTooLarge => StatusCodes.Status413PayloadTooLarge,
        FaultKind.PathRefused => StatusCodes.Status403Forbidden,
        FaultKind.JobConflict or FaultKind.ShardConflict => StatusCodes.Status409Conflict,
        FaultKind.Overloaded or FaultKind.ModelNotReady or FaultKind.ReplicaGone =>
            StatusCodes.Status503ServiceUnavailable,
        FaultKind.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        FaultKind.Cancelled => StatusCodes.Status499ClientClosedRequest,
        FaultKind.ModelFailed or FaultKind.Internal => StatusCodes.Status500InternalServerError,
    };

    /// <summary>Answers with <c>{"error": …}</c>, and when to come back where the server is full.</summary>
    public static Task WriteAsync(HttpContext context, ScoringFault fault)
    {
        // :: Step 9: Translate the fault into a status, a sentence and a hint.
        var response = context.Response;
        response.StatusCode = StatusOf(fault.Kind);
        SetRetryHint(response, fault);
        return WriteErrorAsync(response, fault.Message);
    }

    /// <summary><c>Retry-After</c> knows whole seconds only; <c>Retry-After-Ms</c> says it exactly.</summary>
    public static void SetRetryHint(HttpResponse response, ScoringFault fault)
    {
        if (StatusOf(fault.Kind) == StatusCodes.Status503ServiceUnavailable)
        {
            var after = fault.RetryAfter ?? TimeSpan.FromSeconds(1);
            response.Headers.RetryAfter =
                Math.Max(1, (long)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            response.Headers["Retry-After-Ms"] =
                Math.Max(1, (long)Math.Ceiling(after.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
        }
    }

    public static async Task WriteErrorAsync(HttpResponse response, string message)
    {
        response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(response.BodyWriter, JsonText.Writing);
        json.WriteStartObject();
        json.WriteString("error", message);
        json.WriteEndObject();
    }
}
