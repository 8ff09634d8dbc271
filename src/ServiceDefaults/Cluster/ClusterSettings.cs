using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>What this process is in the cluster, and where the others are (section <c>Cluster</c>).</summary>
public sealed class ClusterSettings
{
    public const string Section = "Cluster";

    /// <summary>Where a cluster's first silo listens unless it is told otherwise.</summary>
    public const int PrimaryPortDefault = 11_111;

    /// <summary>A <see cref="ClusterRole"/>.</summary>
    /// <value>The default is <c>All</c>: gateway and silo in one process.</value>
    public string Role { get; set; } = nameof(ClusterRole.All);

    /// <summary>How members find each other: <c>Localhost</c>, processes of one machine.</summary>
    /// <value>The default is <c>Localhost</c>. <c>Redis</c>, for several machines, is not in this version.</value>
    public string Provider { get; set; } = "Localhost";

    /// <summary>The member's name: the first part of every replica's key, so it stays the same over restarts.</summary>
    /// <value>The default is <c>silo-0</c>, for a gateway <c>gateway-0</c>.</value>
    public string? SiloName { get; set; }

    /// <summary>Port that other members connect to; 0 for a free one.</summary>
    /// <value>
    /// The default is 11111 for a silo that is the cluster's first, and a free port for everybody else.
    /// </value>
    public int? SiloPort { get; set; }

    /// <summary>
    /// <c>HOST:PORT</c> of the cluster's first silo, which keeps the list of members of a localhost cluster.
    /// </summary>
    /// <value>None, which makes this process the first.</value>
    public string? Primary { get; set; }

    /// <summary>
    /// Port of a silo for processes that are no members: gateways with <see cref="GatewayAsClient"/>; 0 for none.
    /// </summary>
    /// <value>The default is 0.</value>
    public int ClientPort { get; set; }

    /// <summary>
    /// The gateway is a client of the cluster instead of a member: it takes no part in membership, and most of its
    /// calls pass through one silo more.
    /// </summary>
    /// <value>The default is false.</value>
    public bool GatewayAsClient { get; set; }

    /// <summary><c>HOST:PORT</c> of silos' client ports, for <see cref="GatewayAsClient"/>.</summary>
    public IList<string> ClientEndpoints { get; } = [];

    /// <summary>The member's name with its default.</summary>
    public string Name => SiloName ?? (KnownRole == ClusterRole.Gateway ? "gateway-0" : "silo-0");

    /// <summary>The role; <see cref="ClusterRole.All"/> where the text is none, which validation refuses.</summary>
    public ClusterRole KnownRole => Enum.TryParse<ClusterRole>(Role, ignoreCase: true, out var role) ? role : default;

    /// <summary>The settings before options are validated: membership is configured while the host is built.</summary>
    public static ClusterSettings Of(IConfiguration configuration)
    {
        var settings = new ClusterSettings();
        configuration.GetSection(Section).Bind(settings);
        return settings;
    }

    /// <summary><c>127.0.0.1:11111</c> or <c>localhost:11111</c>.</summary>
    internal static bool TryParseEndpoint(string text, out IPEndPoint endpoint)
    {
        endpoint = new IPEndPoint(IPAddress.Loopback, PrimaryPortDefault);
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        var host = text[..colon];
        endpoint.Port = port;
        return port > 0 && (host == "localhost" || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip)));
    }
}
