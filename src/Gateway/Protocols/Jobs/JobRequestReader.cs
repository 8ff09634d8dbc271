using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Jobs;

/// <summary>Bodies of <c>POST /api/jobs</c>; everything that is wrong is said at once.</summary>
internal static class JobRequestReader
{
    private const int BodyBytesMax = 64 << 10;
    private static readonly string[] _known = ["model", "version", "input", "output", "id", "deterministic"];

    public static async Task<(JobRequest? Request, ScoringFault? Fault)> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = BodyBytesMax;
        }

        if (context.Request.ContentLength > BodyBytesMax)
        {
            return (null, new ScoringFault(
                FaultKind.RequestTooLarge, $"A job's request has at most {BodyBytesMax} bytes."));
        }

        try
        {
            using var document = await JsonDocument.ParseAsync(
                context.Request.Body, cancellationToken: context.RequestAborted);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            return (null, Invalid($"The request is not JSON: {e.Message}"));
        }
        catch (InvalidOperationException e)
        {
            // Half a surrogate pair as an escape, or bytes that are no UTF-8: JSON's grammar allows both.
            return (null, Invalid($"The request holds a text that is not Unicode: {e.Message}"));
        }
    }

    private static (JobRequest? Request, ScoringFault? Fault) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return (null, Invalid("The request is not a JSON object."));
        }

        var violations = new List<FaultViolation>();
        violations.AddRange(root.EnumerateObject().Where(p => !_known.Contains(p.Name)).Select(p =>
            new FaultViolation(p.Name, $"no such property; there are {string.Join(", ", _known)}")));
        var request = new JobRequest(
            Text(root, "model", required: true, violations),
            Version(root, violations),
            Text(root, "input", required: true, violations),
            Text(root, "output", required: true, violations),
            Text(root, "id", required: false, violations) is { Length: > 0 } id ? id : null,
            Deterministic(root, violations));
        return violations.Count == 0 ? (request, null) : (null, ScoringFault.Invalid(violations));
    }

    private static string Text(JsonElement root, string name, bool required, List<FaultViolation> violations)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (required)
            {
                violations.Add(new(name, "missing"));
            }

            return "";
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        violations.Add(new(name, "a text is expected"));
        return "";
    }

    private static int? Version(JsonElement root, List<FaultViolation> violations)
    {
        if (!root.TryGetProperty("version", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var version) && version > 0)
        {
            return version;
        }

        violations.Add(new("version", "a positive whole number is expected"));
        return null;
    }

    private static bool? Deterministic(JsonElement root, List<FaultViolation> violations)
    {
        if (!root.TryGetProperty("deterministic", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        violations.Add(new("deterministic", "true or false is expected"));
        return null;
    }

    private static ScoringFault Invalid(string message) => new(FaultKind.RequestInvalid, message);
}
