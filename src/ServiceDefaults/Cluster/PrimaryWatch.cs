using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>
/// Says that the first silo does not answer, for as long as this process has not joined: a member waits for it, since
/// processes of one machine are started in any order, and would wait for a mistyped port without a word.
/// </summary>
internal sealed partial class PrimaryWatch(
    IOptions<ClusterSettings> cluster, IHostApplicationLifetime life, TimeProvider time, ILogger<PrimaryWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!ClusterSettings.TryParseEndpoint(cluster.Value.Primary ?? "", out var primary))
        {
            return;
        }

        using var joined = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, life.ApplicationStarted);
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(joined.Token))
            {
                if (!await AnswersAsync(primary, joined.Token))
                {
                    LogWaiting(primary);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It joined, or it stops.
        }
    }

    private static async Task<bool> AnswersAsync(IPEndPoint primary, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(primary, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Nothing answers at {Primary}, where the first silo should be (--primary); waiting for it.")]
    private partial void LogWaiting(IPEndPoint primary);
}
