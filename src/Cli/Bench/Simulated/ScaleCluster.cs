using System.Collections.Immutable;
using System.Globalization;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Simulated;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>Simulated devices and one way to call them.</summary>
internal sealed class ScaleCluster : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("scoring-bench-").FullName;
    private Func<IEnumerable<KeyValuePair<DeviceId, SimulatedLoad>>> _loads = () => [];
    private Func<int, Tensor, Task<(ScoringFault? Fault, ImmutableArray<Tensor> Outputs)>> _score = null!;

    private ScaleCluster(string name) => Name = name;

    public string Name { get; }

    /// <summary>What each device has executed so far; no two have one name.</summary>
    public IReadOnlyDictionary<DeviceId, SimulatedLoad> Loads => _loads().ToDictionary();

    /// <summary>The devices' queues, called one after the other: no router, no grain, no socket.</summary>
    public static Task<ScaleCluster> StartEngineAsync(int devices, CancellationToken cancellationToken) =>
        StartAsync("engine alone", async cluster =>
        {
            var engine = await SimulatedEngine.StartAsync(devices, cancellationToken);
            cluster._parts.Add(engine);
            cluster._loads = () => engine.Loads;
            var models = engine.Models;
            cluster._score = async (caller, input) =>
            {
                var model = models[caller % models.Count];
                var outcome = await model.ScoreAsync(
                    new BatchRequest
                    {
                        Signature = model.Signatures[0],
                        Inputs = [input],
                        Rows = (int)input.Shape[0],
                        TimeLeft = Limits.RequestTimeDefault,
                    },
                    cancellationToken);
                return (outcome.Fault, outcome.Outputs);
            };
        });

    /// <summary>One silo with all devices, called through its own router: no socket.</summary>
    public static Task<ScaleCluster> StartSiloAsync(int devices, CancellationToken cancellationToken) =>
        StartAsync("1 silo", async cluster =>
        {
            var silo = await cluster.AddAsync(
                ClusterRole.Silo, "silo-0", firstDevice: 0, devices, ClusterBuilderExtensions.FreePort(), null,
                cancellationToken);
            cluster._loads = () => SimulatedEngine.LoadsOf(silo.Services);
            await cluster.RouteAsync(silo, devices, cancellationToken);
        });

    /// <summary>Silos that share the devices, and a gateway that calls them over sockets.</summary>
    public static Task<ScaleCluster> StartSilosAsync(int silos, int devices, CancellationToken cancellationToken) =>
        StartAsync(string.Create(CultureInfo.InvariantCulture, $"{silos} silos"), async cluster =>
        {
            var port = ClusterBuilderExtensions.FreePort();
            var each = devices / silos;
            var members = new List<ScaleMember>();
            for (var i = 0; i < silos; i++)
            {
                members.Add(await cluster.AddAsync(
                    ClusterRole.Silo, $"silo-{i}", i * each, each, i == 0 ? port : 0, i == 0 ? null : port,
                    cancellationToken));
            }

            var gateway = await cluster.AddAsync(ClusterRole.Gateway, "gateway-0", 0, 0, 0, port, cancellationToken);
            cluster._loads = () => members.SelectMany(member => SimulatedEngine.LoadsOf(member.Services));
            await cluster.RouteAsync(gateway, silos * each, cancellationToken);
        });

    /// <param name="caller">Its number: callers have rows of their own.</param>
    public ChecksumCaller Caller(int rows, int caller) => new(rows, caller, input => _score(caller, input));

    public async ValueTask DisposeAsync()
    {
        // The first member holds the list of the others, so it leaves last.
        foreach (var part in _parts.AsEnumerable().Reverse())
        {
            await part.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<ScaleCluster> StartAsync(string name, Func<ScaleCluster, Task> fill)
    {
        var cluster = new ScaleCluster(name);
        try
        {
            await fill(cluster);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private async Task<ScaleMember> AddAsync(
        ClusterRole role, string name, int firstDevice, int devices, int port, int? primary,
        CancellationToken cancellationToken)
    {
        var model = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        var member = await ScaleMember.StartAsync(
            role, name,
            devices == 0 ? new Dictionary<string, string?>()
                : SimulatedDevice.Configuration(model, firstDevice, devices),
            Path.Combine(_folder, "state"), port, primary, cancellationToken);
        _parts.Add(member);
        return member;
    }

    private async Task RouteAsync(ScaleMember member, int replicas, CancellationToken cancellationToken)
    {
        ModelRoute route = await member.RouteAsync(replicas, cancellationToken);
        _score = (_, input) => member.ScoreAsync(route, input, cancellationToken);
    }
}
