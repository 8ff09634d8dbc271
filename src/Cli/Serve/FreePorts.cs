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
    /// <exception cref="CommandException">A port is taken, or asked for twice.</exception>
    public static void Require(IConfiguration configuration, ClusterRole role)
    {
        (int Port, string Option)[] asked = [.. Asked(configuration, role).Where(
            asked => asked.Port is > 0 and <= ushort.MaxValue)];
        if (asked.GroupBy(port => port.Port).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new CommandException(
                $"{string.Join(" and ", twice.Select(port => port.Option))} are both {twice.Key}: each needs a port of "
                    + "its own.",
                ExitCodes.Usage);
        }

        foreach (var (port, option) in asked)
        {
            Require(port, option);
        }
    }

    private static IEnumerable<(int Port, string Option)> Asked(IConfiguration configuration, ClusterRole role)
    {
        var cluster = ClusterSettings.Of(configuration);
        if (role == ClusterRole.Silo)
        {
            yield return (configuration.GetValue("Silo:HttpPort", 0), "--http-port");
        }
        else
        {
            yield return (configuration.GetValue("Gateway:HttpPort", 8080), "--http-port");
            yield return (configuration.GetValue("Gateway:GrpcPort", 8081), "--grpc-port");
        }

        var first = role == ClusterRole.Silo && cluster.Primary is null;
        yield return (cluster.SiloPort ?? (first ? ClusterSettings.PrimaryPortDefault : 0), "--silo-port");
        yield return (cluster.ClientPort, "Cluster:ClientPort");
    }

    private static void Require(int port, string option)
    {
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
