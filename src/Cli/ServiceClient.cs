namespace ScoringCluster.Cli;

/// <summary>HTTP to a service of ours.</summary>
internal static class ServiceClient
{
    public const string DefaultUrl = "http://127.0.0.1:8080";

    /// <exception cref="CommandException">The text is no HTTP address.</exception>
    public static HttpClient Open(string url) =>
        Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out var address)
        && (address.Scheme is "http" or "https")
        ? new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) }
        : throw new CommandException($"--url '{url}' is no HTTP address.", ExitCodes.Usage);
}
