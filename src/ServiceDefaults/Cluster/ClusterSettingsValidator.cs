using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>Everything that is wrong with <see cref="ClusterSettings"/> at once.</summary>
internal sealed partial class ClusterSettingsValidator : IValidateOptions<ClusterSettings>
{
    public ValidateOptionsResult Validate(string? name, ClusterSettings options)
    {
        List<string> failures = [.. Find(options)];
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Find(ClusterSettings options)
    {
        if (!Enum.GetNames<ClusterRole>().Contains(options.Role, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"Cluster:Role '{options.Role}' is none of {string.Join(", ", Enum.GetNames<ClusterRole>())}.";
        }

        if (options.Provider is not "Localhost")
        {
            yield return options.Provider is "Redis"
                ? "Cluster:Provider Redis is not in this version; the members of a Localhost cluster share a machine."
                : $"Cluster:Provider '{options.Provider}' is none of Localhost, Redis.";
        }

        if (!NamePattern().IsMatch(options.Name))
        {
            yield return $"Cluster:SiloName '{options.Name}' must be letters, digits, '.', '_' and '-', at most 64.";
        }

        if (options.SiloPort is < 0 or > ushort.MaxValue)
        {
            yield return $"Cluster:SiloPort {options.SiloPort} is no port.";
        }

        if (options.ClientPort is < 0 or > ushort.MaxValue)
        {
            yield return $"Cluster:ClientPort {options.ClientPort} is no port.";
        }

        foreach (var failure in Endpoints(options))
        {
            yield return failure;
        }
    }

    private static IEnumerable<string> Endpoints(ClusterSettings options)
    {
        if (options.Primary is { } primary && !ClusterSettings.TryParseEndpoint(primary, out _))
        {
            yield return $"Cluster:Primary '{primary}' is not HOST:PORT of a silo on this machine.";
        }

        if (options.KnownRole == ClusterRole.Gateway && !options.GatewayAsClient && options.Primary is null)
        {
            yield return "A gateway needs Cluster:Primary, the HOST:PORT of the cluster's first silo.";
        }

        foreach (var text in options.ClientEndpoints.Where(text => !ClusterSettings.TryParseEndpoint(text, out _)))
        {
            yield return $"Cluster:ClientEndpoints '{text}' is not HOST:PORT of a silo on this machine.";
        }

        if (options.GatewayAsClient && options.KnownRole != ClusterRole.Gateway)
        {
            yield return $"Cluster:GatewayAsClient is for the role Gateway; this process is {options.Role}.";
        }
        else if (options.GatewayAsClient && options.ClientEndpoints.Count == 0)
        {
            yield return "Cluster:GatewayAsClient needs Cluster:ClientEndpoints, the HOST:PORT of silos' client ports.";
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NamePattern();
}
