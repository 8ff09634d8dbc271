using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Cli.Serve;

/// <summary>
/// Looks whether ports are free before anything starts: the server takes them last, when the cluster is up and the
/// models are loaded, and everything would have to be stopped again.
/// </summary>
internal static class FreePorts
{
    /// <exception cref="CommandException">A port is taken.</exception>
    public static void Require(IConfiguration configuration, ClusterRole role)
    {
        if (role == ClusterRole.Silo)
        {
            Require(configuration.GetValue("Silo:HttpPort", 0), "--http-port");
        }
        else
        {
            Require(configuration.GetValue("Gateway:HttpPort", 8080), "--http-port");
            Require(configuration.GetValue("Gateway:GrpcPort", 8081), "--grpc-port");
        }

        Require(ClusterSettings.Of(configuration).SiloPort ?? 0, "--silo-port");
    }

    private static void Require(int port, string option)
    {
        if (port is <= 0 or > ushort.MaxValue)
        {
            return;
        }

        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new CommandException(
                $"Port {port} of 127.0.0.1 cannot be listened to ({e.Message}): name another with {option}.");
        }
    }
}
