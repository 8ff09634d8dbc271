using System.CommandLine;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Cli.Serve;

/// <summary>The flags of <c>scoring serve</c>.</summary>
internal sealed class ServeOptions
{
    private readonly Option<string> _role = CommonOptions.Choice(
        "--role", "all: the whole service; silo: devices and models; gateway: protocols and routing.",
        "all", "silo", "gateway");

    private readonly Option<string?> _siloName = new("--silo-name")
    {
        Description = "The member's name, the same over restarts (default silo-0, of a gateway gateway-0).",
    };

    private readonly Option<int?> _siloPort = CommonOptions.Port(
        "--silo-port", "Port for the cluster's other members (default 11111 for the first silo, else a free one).");

    private readonly Option<string?> _primary = new("--primary")
    {
        Description = "HOST:PORT of the cluster's first silo; without it this process is the first.",
    };

    private readonly Option<string[]> _devices = Many(
        "--device", "A device, cpu:INDEX=THREADS, or simulated ones, sim:FIRST-LAST=SLOTS; may be repeated.");

    private readonly Option<string?> _models = CommonOptions.Models();

    private readonly Option<string[]> _named =
        Many("--model", "NAME=SAVED_MODEL_DIR, version 1 of NAME; may be repeated.");

    private readonly Option<string[]> _manifests =
        Many("--manifest", "NAME=FILE, the scoring.json of NAME; may be repeated.");

    private readonly Option<int?> _httpPort = CommonOptions.Port(
        "--http-port", "HTTP port on the loopback interface, 0 for a free one (default 8080, of a silo a free one).");

    private readonly Option<int?> _grpcPort = CommonOptions.Port(
        "--grpc-port",
        "gRPC port on the loopback interface, 0 for a free one, -1 for none (default 8081; free with --http-port 0).",
        min: -1);

    private readonly Option<string?> _state = new("--state") { Description = "Folder for what outlives the process." };

    private readonly Option<string[]> _inputs =
        Many("--input-root", "Folder under which jobs may read; may be repeated.");

    private readonly Option<string[]> _outputs =
        Many("--output-root", "Folder under which jobs may write; may be repeated.");

    public Option<string> Engine { get; } = CommonOptions.Engine();

    public Option<bool> Json { get; } = CommonOptions.Json();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_models, _named, _manifests, Engine, _httpPort, _grpcPort, _state, _inputs,
            _outputs, _role, _siloName, _siloPort, _primary, _devices, Json])
        {
            command.Options.Add(option);
        }
    }

    public ServiceSettings Read(ParseResult parsed)
    {
        var named = CommonOptions.Pairs(parsed.GetValue(_named)!, "--model").ToList();
        if (named.GroupBy(pair => pair.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new CommandException($"--model names '{twice.Key}' twice.", ExitCodes.Usage);
        }

        var manifests = CommonOptions.Pairs(parsed.GetValue(_manifests)!, "--manifest").ToList();
        if (parsed.GetValue(_models) is null
            && manifests.Find(manifest => named.All(pair => pair.Name != manifest.Name)) is { Name: { } lost })
        {
            throw new CommandException($"--manifest is for '{lost}', and no --model has that name.", ExitCodes.Usage);
        }

        var httpPort = parsed.GetValue(_httpPort);
        return new ServiceSettings
        {
            Role = Enum.Parse<ClusterRole>(parsed.GetValue(_role)!, ignoreCase: true),
            SiloName = parsed.GetValue(_siloName),
            SiloPort = parsed.GetValue(_siloPort),
            Primary = parsed.GetValue(_primary),
            Devices = parsed.GetValue(_devices)!,
            Repository = parsed.GetValue(_models),
            Named = named,
            Required = [.. named.Select(pair => pair.Name)],
            Manifests = manifests,
            Engine = parsed.GetValue(Engine),
            HttpPort = httpPort,
            GrpcPort = parsed.GetValue(_grpcPort) ?? (httpPort == 0 ? 0 : null),
            State = parsed.GetValue(_state),
            InputRoots = Folders(parsed.GetValue(_inputs)!, "--input-root"),
            OutputRoots = Folders(parsed.GetValue(_outputs)!, "--output-root"),
        };
    }

    private static string[] Folders(string[] folders, string option) =>
        Array.Find(folders, folder => !Directory.Exists(folder)) is { } missing
            ? throw new CommandException($"{option} '{missing}' is no folder.", ExitCodes.Usage)
            : folders;

    private static Option<string[]> Many(string name, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => [] };
}
