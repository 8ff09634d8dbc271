using Microsoft.Extensions.Configuration;
using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using ScoringCluster.Core;
using ScoringCluster.Engine;
using ScoringCluster.Gateway;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.Grains;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.State;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>
/// A member of a cluster in this process, with real membership and sockets. Telemetry, HTTP and jobs are left out: each
/// of several members would record what all of them do.
/// </summary>
internal sealed class ScaleMember : IAsyncDisposable
{
    private readonly IHost _host;

    private ScaleMember(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    /// <param name="configuration">Devices and models; empty for a gateway.</param>
    /// <param name="port">The first member's own; 0 for a free one.</param>
    /// <param name="primary">Port of the first member; null for the first itself.</param>
    public static async Task<ScaleMember> StartAsync(
        ClusterRole role, string name, IReadOnlyDictionary<string, string?> configuration, string state, int port,
        int? primary, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(configuration).AddInMemoryCollection(
        [
            new("Cluster:Role", $"{role}"),
            new("Cluster:SiloName", name),
            new("Cluster:SiloPort", $"{port}"),
            new("Cluster:Primary", primary is null ? null : $"127.0.0.1:{primary}"),
            new("State:Folder", state),
        ]);
        builder.Services.AddOptions<StateOptions>().Bind(builder.Configuration.GetSection(StateOptions.Section));
        builder.Services.TryAddSingleton<StateFolder>();
        builder.Services.AddMetrics();
        builder.AddCluster();
        builder.Services.AddProtocols();
        builder.Services.TryAddSingleton<IReplicaCaller, GrainReplicaCaller>();
        if (role != ClusterRole.Gateway)
        {
            builder.Services.AddModelEngine(builder.Configuration).AddReplicas();
        }

        var member = new ScaleMember(builder.Build());
        try
        {
            await member._host.StartAsync(cancellationToken);
            return member;
        }
        catch
        {
            await member._host.AbandonAsync();
            throw;
        }
    }

    /// <summary>The model's route, once so many replicas of it are ready.</summary>
    public async Task<ModelRoute> RouteAsync(int replicas, CancellationToken cancellationToken)
    {
        var routes = Services.GetRequiredService<RouteTableHolder>();
        while (true)
        {
            var changed = routes.Changed;
            if (ModelRoute.Find(routes, SimulatedDevice.Model, version: null).Route is { } route
                && route.Replicas.Length == replicas)
            {
                return route;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Routes rows as the gateway's protocols do.</summary>
    public async Task<(ScoringFault? Fault, ImmutableArray<Tensor> Outputs)> ScoreAsync(
        ModelRoute route, Tensor input, CancellationToken cancellationToken)
    {
        var work = new ScoreWork(
            route.Report.Signatures[0], [input], [], (int)input.Shape[0], () => Limits.RequestTimeDefault,
            TensorBlockPool.Shared);
        var answer = await Services.GetRequiredService<ReplicaRouter>().ScoreAsync(route, work, cancellationToken);
        return (answer.Fault, answer.Outputs);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
