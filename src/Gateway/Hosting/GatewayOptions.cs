using System.ComponentModel.DataAnnotations;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Hosting;

/// <summary>The HTTP and gRPC servers (section <c>Gateway</c>).</summary>
public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>Port on the loopback interface; 0 for a free one.</summary>
    /// <value>The default is 8080.</value>
    [Range(0, 65_535)]
    public int HttpPort { get; set; } = 8080;

    /// <summary>Port on the loopback interface for gRPC (HTTP/2 without TLS); 0 for a free one, −1 for none.</summary>
    /// <value>The default is 8081.</value>
    [Range(-1, 65_535)]
    public int GrpcPort { get; set; } = 8081;

    /// <summary>Bytes of one request's body.</summary>
    /// <value>The default is 64 MiB, a batch of a few hundred pictures; larger requests are better split.</value>
    [Range(1, 1 << 30)]
    public int RequestBytesMax { get; set; } = Limits.RequestBytesMax;
}
