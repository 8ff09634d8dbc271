using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.TestKit;

namespace ScoringCluster.Grains.Tests;

/// <summary>
/// Two silos with two devices each, the real engine hosting and an engine that adds. The store holds versions 1 and 2
/// of <see cref="Models"/>: the control plane loads version 2, so that tests have version 1 to themselves.
/// </summary>
public sealed class ScoringTestCluster : IAsyncLifetime
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static readonly string[] Models = ["a", "b", "c", "d", "e", "f", "g"];

    private readonly string _repository = Directory.CreateTempSubdirectory("cluster-tests-").FullName;
    private readonly ConcurrentDictionary<string, FakeModelRuntime> _runtimes = new();
    private InProcessTestCluster? _cluster;

    public InProcessTestCluster Cluster => _cluster!;

    public IReadOnlyList<string> Silos => [.. _cluster!.Silos.Select(silo => silo.Name)];

    public IControlPlaneGrain ControlPlane => _cluster!.Client.GetGrain<IControlPlaneGrain>(IControlPlaneGrain.Key);

    public FakeModelRuntime Runtime(string silo) => _runtimes[silo];

    public IReplicaGrain Replica(string silo, int device, string model) => Replica($"{silo}/cpu:{device}/{model}");

    public IReplicaGrain Replica(string key) => _cluster!.Client.GetGrain<IReplicaGrain>(key);

    /// <summary>The silo ends without a word.</summary>
    public Task KillAsync(string silo) => _cluster!.KillSiloAsync(_cluster.Silos.Single(s => s.Name == silo));

    /// <summary>Name of the silo that the control plane is on.</summary>
    public async Task<string> ControlPlaneSiloAsync()
    {
        var address = await _cluster!.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(ControlPlane);
        return _cluster.Silos.Single(silo => silo.SiloAddress.Equals(address)).Name;
    }

    /// <summary>The first table that fulfils a condition.</summary>
    public async Task<RouteTable> TableAsync(Func<RouteTable, bool> condition, string awaited)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        var table = RouteTable.Empty;
        while (!condition(table))
        {
            try
            {
                table = await ControlPlane.WaitForChange(table.Version, timeout.Token).WaitAsync(timeout.Token);
            }
            catch (Exception e) when (e is OrleansException && !timeout.IsCancellationRequested)
            {
                // The silo that held the control plane died with the call: the next one finds it elsewhere.
            }
            catch (OperationCanceledException)
            {
                var states = table.Entries.SelectMany(e => e.Replicas).Select(r => $"{r.Replica} {r.State}");
                throw new TimeoutException(
                    $"{awaited} was awaited; table {table.Version} has {string.Join(", ", states)}");
            }
        }

        return table;
    }

    public async ValueTask InitializeAsync()
    {
        foreach (var folder in Models.SelectMany(m => new[] { $"{m}/1", $"{m}/2" }))
        {
            AddVersion(folder);
        }

        var builder = new InProcessTestClusterBuilder(2);
        builder.Options.ConfigureFileLogging = false;
        builder.Options.AssumeHomogenousSilosForTesting = false;
        builder.ConfigureSilo((options, silo) =>
        {
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            [
                new("Models:Repository", _repository),
                new("Models:Required:0", Models[0]),
                new("Devices:Cpu:0", "cpu:0=1"),
                new("Devices:Cpu:1", "cpu:1=1"),
            ]).Build();
            silo.AddSiloPinnedPlacement();
            silo.Services
                .AddSingleton<IModelRuntime>(_runtimes.GetOrAdd(options.SiloName, _ => new FakeModelRuntime()))
                .AddModelEngine(configuration)
                .AddReplicas();
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    /// <summary>Makes a version appear in the store, as <c>NAME/VERSION</c>.</summary>
    public void AddVersion(string folder)
    {
        var path = Path.Combine(_repository, folder);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "saved_model.pb"), folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_repository, recursive: true);
    }
}
