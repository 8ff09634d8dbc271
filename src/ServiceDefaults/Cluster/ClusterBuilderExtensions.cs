using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Core;
using ScoringCluster.ServiceDefaults.Placement;
using ScoringCluster.ServiceDefaults.State;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>What every silo has, a gateway included: membership, placement, state, limits.</summary>
public static class ClusterBuilderExtensions
{
    /// <summary>Name of the grain storage that jobs keep their register in.</summary>
    public const string StorageName = "scoring";

    public static ISiloBuilder AddScoringCluster(this ISiloBuilder silo, IConfiguration configuration) => silo
        .AddLocalMembership(configuration)
        .AddSteadyDirectory()
        .AddSiloPinnedPlacement()
        .AddFileStorage()
        .AddLimits()
        .AddActivityPropagation();

    /// <summary>Placement by key; on every silo, since the calling silo places.</summary>
    public static ISiloBuilder AddSiloPinnedPlacement(this ISiloBuilder silo)
    {
        silo.Services.AddPlacementDirector<SiloPinnedPlacement, SiloPinnedPlacementDirector>();
        return silo;
    }

    /// <summary>
    /// A cluster of one process on free loopback ports, so that two services on a laptop do not meet.
    /// </summary>
    private static ISiloBuilder AddLocalMembership(this ISiloBuilder silo, IConfiguration configuration)
    {
        silo.Services.AddOptions<ClusterSettings>()
            .Bind(configuration.GetSection(ClusterSettings.Section))
            .ValidateOnStart();
        silo.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<ClusterSettings>, ClusterSettingsValidator>());
        var port = FreePort();
        silo.UseLocalhostClustering(
            port, gatewayPort: 0, primarySiloEndpoint: new IPEndPoint(IPAddress.Loopback, port));
        silo.Configure<SiloOptions>(options => options.SiloName = ClusterSettings.SiloNameOf(configuration));
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

    private static ISiloBuilder AddFileStorage(this ISiloBuilder silo)
    {
        silo.Services.AddGrainStorage(
            StorageName, (services, _) => new FileGrainStorage(services.GetRequiredService<StateFolder>()));
        return silo;
    }

    private static ISiloBuilder AddLimits(this ISiloBuilder silo) => silo
        .Configure<SiloMessagingOptions>(options =>
        {
            options.CancelRequestOnTimeout = true;
            options.MaxMessageBodySize = Limits.MessageBytesMax;
        });

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
