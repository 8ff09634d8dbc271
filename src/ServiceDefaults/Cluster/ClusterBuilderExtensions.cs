using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.ServiceDefaults.Placement;
using ScoringCluster.ServiceDefaults.State;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>Makes a process a member of the cluster: the same in every role.</summary>
public static class ClusterBuilderExtensions
{
    /// <summary>Name of the grain storage that jobs keep their register in.</summary>
    public const string StorageName = "scoring";

    /// <summary>Placement by key; on every silo, since the calling silo places.</summary>
    public static ISiloBuilder AddSiloPinnedPlacement(this ISiloBuilder silo)
    {
        silo.Services.AddPlacementDirector<SiloPinnedPlacement, SiloPinnedPlacementDirector>();
        return silo;
    }

    /// <summary>A member of the cluster, or, for a gateway that is asked to, its client.</summary>
    internal static IHostApplicationBuilder AddCluster(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ClusterSettings>()
            .Bind(builder.Configuration.GetSection(ClusterSettings.Section))
            .ValidateOnStart();
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<ClusterSettings>, ClusterSettingsValidator>());
        var settings = ClusterSettings.Of(builder.Configuration);
        if (settings.Primary is not null && !settings.GatewayAsClient)
        {
            // Before the member, whose start waits for the first silo.
            builder.Services.AddHostedService<PrimaryWatch>();
        }

        _ = settings.GatewayAsClient
            ? builder.UseOrleansClient(client => client.AddClient(settings))
            : builder.UseOrleans(silo => silo.AddMember(settings));

        // Services start in this order and stop in the other one: who asks the cluster comes after its member.
        builder.Services.AddRouteTable();
        return builder;
    }

    internal static IServiceCollection AddRouteTable(this IServiceCollection services)
    {
        services.TryAddSingleton<IClusterView, ClusterView>();
        services.TryAddSingleton<RouteTableHolder>();
        return services.AddHostedService<RouteTableWatcher>();
    }

    private static void AddClient(this IClientBuilder client, ClusterSettings settings)
    {
        int[] ports =
        [
            .. settings.ClientEndpoints
                .Select(text => ClusterSettings.TryParseEndpoint(text, out var endpoint) ? endpoint.Port : 0)
                .DefaultIfEmpty(ClusterSettings.PrimaryPortDefault),
        ];
        client
            .UseLocalhostClustering(ports)
            .Configure<ClientMessagingOptions>(Limit)
            .AddActivityPropagation();
    }

    private static void AddMember(this ISiloBuilder silo, ClusterSettings settings)
    {
        silo.AddLocalMembership(settings)
            .AddSteadyDirectory()
            .AddSiloPinnedPlacement()
            .Configure<SiloMessagingOptions>(Limit)
            .AddActivityPropagation();
        if (settings.KnownRole == ClusterRole.Gateway)
        {
            silo.Configure<GrainTypeOptions>(options => options.Classes.RemoveWhere(IsOurs));
        }
        else
        {
            silo.Services.AddGrainStorage(
                StorageName, (services, _) => new FileGrainStorage(
                    services.GetRequiredService<StateFolder>(), services.GetRequiredService<TimeProvider>()));
        }
    }

    /// <summary>Processes of one machine: the first silo's port is known to all, and it keeps the list.</summary>
    private static ISiloBuilder AddLocalMembership(this ISiloBuilder silo, ClusterSettings settings)
    {
        var first = settings.Primary is null;
        var port = settings.SiloPort ?? (first && settings.KnownRole == ClusterRole.Silo
            ? ClusterSettings.PrimaryPortDefault
            : 0);
        port = port is > 0 and <= ushort.MaxValue ? port : FreePort();
        var primary = !first && ClusterSettings.TryParseEndpoint(settings.Primary!, out var named)
            ? named
            : new IPEndPoint(IPAddress.Loopback, port);
        silo.UseLocalhostClustering(port, Math.Clamp(settings.ClientPort, 0, ushort.MaxValue), primary);
        silo.Configure<SiloOptions>(options => options.SiloName = settings.Name);
        return silo;
    }

    /// <summary>
    /// Entries of the grain directory move on when the silo that holds them leaves. The default directory forgets them,
    /// and with them deactivates job and control plane grains on silos that stay.
    /// </summary>
    private static ISiloBuilder AddSteadyDirectory(this ISiloBuilder silo)
    {
#pragma warning disable ORLEANSEXP003 // An experiment of Orleans, taken since the default loses grains.
        return silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
    }

    private static void Limit(MessagingOptions options)
    {
        options.CancelRequestOnTimeout = true;
        options.MaxMessageBodySize = Limits.MessageBytesMax;
    }

    /// <summary>A gateway comes and goes with its load; what the cluster keeps must not be there.</summary>
    private static bool IsOurs(Type grain) =>
        grain.GetInterfaces().Any(type => type.Assembly == typeof(IReplicaGrain).Assembly);

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
