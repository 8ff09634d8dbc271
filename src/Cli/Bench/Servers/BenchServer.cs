using ScoringCluster.Cli.Bench.Load;

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
        BenchModel model, IReadOnlyDictionary<string, string> options, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("scoring-bench-").FullName;
        try
        {
            var environment = options.ToDictionary(
                pair => "SCORING__" + pair.Key.Replace(":", "__", StringComparison.Ordinal), pair => pair.Value);
            var process = await ServerProcess.StartAsync(
                Ours,
                ["serve", "--model", $"{model.Name}={model.Folder}", "--http-port", "0", "--state", folder, "--json"],
                environment, cancellationToken);
            return new BenchServer(Ours, model, [process], folder);
        }
        catch
        {
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
}
