using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Grains.Replicas;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.TestKit;

namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>
/// A silo of a <see cref="PinnedCluster"/>: a host of its own on a loopback port, two devices of one slot each, the
/// real replica host and an engine that adds.
/// </summary>
public sealed class PinnedSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private PinnedSilo(string name, int port, FakeModelRuntime runtime, IHost host)
    {
        _host = host;
        Name = name;
        Port = port;
        Runtime = runtime;
        Address = host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
    }

    public string Name { get; }

    public int Port { get; }

    public SiloAddress Address { get; }

    public FakeModelRuntime Runtime { get; }

    public bool IsStopped { get; private set; }

    /// <summary>Calls made with it start on this silo, which places what they call.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IReplicaGrain Replica(string key) => Grains.GetGrain<IReplicaGrain>(key);

    internal static async Task<PinnedSilo> StartAsync(
        string name, int port, int primaryPort, string repository, ILoggerProvider logs)
    {
        var runtime = new FakeModelRuntime();
        var host = Build(name, port, primaryPort, repository, logs, runtime);
        var silo = new PinnedSilo(name, port, runtime, host);
        try
        {
            await host.StartAsync().WaitAsync(PinnedCluster.Patience);
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Leaves the cluster in an orderly way.</summary>
    public async Task StopAsync()
    {
        IsStopped = true;
        await _host.StopAsync().WaitAsync(PinnedCluster.Patience);
    }

    /// <summary>Ends without a word to the others, who go on taking it for a member.</summary>
    public async Task KillAsync()
    {
        IsStopped = true;
        await _host.StopAsync(new CancellationToken(canceled: true)).WaitAsync(PinnedCluster.Patience);
    }

    /// <summary>
    /// Ends when this silo takes exactly those others for active, and can place on each: a member's grains are known a
    /// moment later than the member.
    /// </summary>
    internal async Task SeesAsync(IReadOnlyList<PinnedSilo> members)
    {
        var expected = members.Select(member => member.Address).ToHashSet();
        await FirstAsync(
            _host.Services.GetRequiredService<IClusterMembershipService>().MembershipUpdates,
            snapshot => expected.SetEquals(
                snapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress)),
            "membership");
        await FirstAsync(
            _host.Services.GetRequiredService<IClusterManifestProvider>().Updates,
            manifest => expected.SetEquals(manifest.Silos.Keys),
            "the cluster's manifest");
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsStopped)
        {
            await StopAsync();
        }

        await ((IAsyncDisposable)_host).DisposeAsync();
        Runtime.Dispose();
    }

    private static IHost Build(
        string name, int port, int primaryPort, string repository, ILoggerProvider logs, FakeModelRuntime runtime)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(logs);
        builder.Configuration.AddInMemoryCollection(
        [
            new("Models:Repository", repository),
            new("Devices:Cpu:0", "cpu:0=1"),
            new("Devices:Cpu:1", "cpu:1=1"),
        ]);

        // No control plane: it would load and unload models behind the tests' back. And no distributed grain directory,
        // which the product has on for other grains: pinning must hold on the directory that forgets.
        builder.Services.AddSingleton<IModelRuntime>(runtime).AddModelEngine(builder.Configuration)
            .AddSingleton<ILocalReplicas, LocalReplicas>();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(port, gatewayPort: 0, new IPEndPoint(IPAddress.Loopback, primaryPort))
            .Configure<SiloOptions>(options => options.SiloName = name)
            .AddSiloPinnedPlacement()
            .AddControlPlacements());
        return builder.Build();
    }

    private async Task FirstAsync<T>(IAsyncEnumerable<T> updates, Func<T, bool> condition, string source)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(PinnedCluster.Patience);
        try
        {
            await foreach (var update in updates.WithCancellation(timeout.Token))
            {
                if (condition(update))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{source} of {Name} did not become what was awaited.");
        }
    }
}
