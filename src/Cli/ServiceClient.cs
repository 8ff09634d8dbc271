using System.Text.Json;

namespace ScoringCluster.Cli;

/// <summary>HTTP to a service of ours.</summary>
internal static class ServiceClient
{
    public const string DefaultUrl = "http://127.0.0.1:8080";

    /// <exception cref="CommandException">The text is no HTTP address.</exception>
    public static HttpClient Open(string url) =>
        new() { BaseAddress = Address(url, "--url"), Timeout = TimeSpan.FromMinutes(10) };

    /// <param name="option">Where the address was given.</param>
    /// <exception cref="CommandException">The text is no HTTP address.</exception>
    public static Uri Address(string url, string option) =>
        Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out var address)
            && (address.Scheme is "http" or "https")
            ? address
            : throw new CommandException($"{option} '{url}' is no HTTP address.", ExitCodes.Usage);

    /// <exception cref="CommandException">It is no JSON: no service of ours answers, or another port of it.</exception>
    public static async Task<JsonElement> ReadJsonAsync(
        HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            throw new CommandException(text.Contains("HTTP/2 only", StringComparison.Ordinal)
                ? $"{answer.RequestMessage?.RequestUri?.Authority} is a gRPC port: --url takes the HTTP port, 8080 by "
                    + "default, and --grpc this one."
                : $"The service answered with {(int)answer.StatusCode} and no JSON.");
        }
    }
}
