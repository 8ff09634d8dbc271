using System.Globalization;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>A contender: one server, of one process or several, and where it is called.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    public const string Ours = "server";
    public const string Floor = "floor";
    public const string Echo = "echo";

    private readonly IReadOnlyList<ServerProcess> _processes;
    private readonly string? _folder;

    /// <param name="processes">The one that is called comes first.</param>
    private BenchServer(string name, BenchModel model, IReadOnlyList<ServerProcess> processes, string? folder)
    {
        Name = name;
        _processes = processes;
        _folder = folder;
        Target = new BenchTarget(name, Front.Http, Front.Grpc, model.Name);
    }

    public string Name { get; }

    public BenchTarget Target { get; }

    /// <summary>The process that answers.</summary>
    public ServerProcess Front => _processes[0];

    public IEnumerable<CpuClock> Clocks => _processes.Select(process => process.Clock);

    /// <summary>The service, as <c>scoring serve</c> starts it.</summary>
    /// <param name="options">Configuration keys of the service, <c>Section:Key</c>.</param>
    public static async Task<BenchServer> StartOursAsync(
        BenchModel model, BenchRole role, IReadOnlyDictionary<string, string> options,
        CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("scoring-bench-").FullName;
        var started = new List<ServerProcess>();
        try
        {
            var environment = options.ToDictionary(
                pair => "SCORING__" + pair.Key.Replace(":", "__", StringComparison.Ordinal), pair => pair.Value);
            foreach (var (name, flags) in Members(model, role))
            {
                var state = Path.Combine(folder, name);
                started.Insert(0, await ServerProcess.StartAsync(
                    name, ["serve", .. flags, "--http-port", "0", "--state", state, "--json"], environment,
                    cancellationToken));
            }

            return new BenchServer(Ours, model, started, folder);
        }
        catch
        {
            foreach (var process in started)
            {
                await process.DisposeAsync();
            }

            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>What a server costs at least, with the same model.</summary>
    public static async Task<BenchServer> StartFloorAsync(BenchModel model, CancellationToken cancellationToken) => new(
        Floor, model,
        [
            await ServerProcess.StartAsync(
                Floor, ["bench", FloorCommand.Name, "--model", model.Folder, "--signature", model.Signature.Name],
                NoEnvironment, cancellationToken),
        ],
        folder: null);

    /// <summary>What HTTP costs at least, without a model.</summary>
    public static async Task<BenchServer> StartEchoAsync(BenchModel model, CancellationToken cancellationToken) => new(
        Echo, model,
        [await ServerProcess.StartAsync(Echo, ["bench", EchoCommand.Name], NoEnvironment, cancellationToken)],
        folder: null);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static Dictionary<string, string> NoEnvironment { get; } = [];

    /// <summary>The processes of the service in the order of their start; the last one is called.</summary>
    private static IEnumerable<(string Name, string[] Flags)> Members(BenchModel model, BenchRole role)
    {
        string[] models = ["--model", $"{model.Name}={model.Folder}"];
        if (role == BenchRole.All)
        {
            return [(Ours, models)];
        }

        var port = ClusterBuilderExtensions.FreePort().ToString(CultureInfo.InvariantCulture);
        return
        [
            ("silo", ["--role", "silo", "--silo-port", port, .. models]),
            ("gateway", ["--role", "gateway", "--primary", $"127.0.0.1:{port}"]),
        ];
    }
}
