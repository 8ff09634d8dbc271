using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Cli.Serve;

/// <summary>What a command asks of the service that it hosts; flags become configuration.</summary>
internal sealed record ServiceSettings
{
    public ClusterRole Role { get; init; } = ClusterRole.All;

    public string? SiloName { get; init; }

    public int? SiloPort { get; init; }

    public string? Primary { get; init; }

    public IReadOnlyList<string> Devices { get; init; } = [];

    public string? Repository { get; init; }

    public IReadOnlyList<(string Name, string Folder)> Named { get; init; } = [];

    public IReadOnlyList<(string Name, string File)> Manifests { get; init; } = [];

    public IReadOnlyList<string> Required { get; init; } = [];

    public IReadOnlyList<string> InputRoots { get; init; } = [];

    public IReadOnlyList<string> OutputRoots { get; init; } = [];

    public string? Engine { get; init; }

    public int? HttpPort { get; init; }

    public int? GrpcPort { get; init; }

    public string? State { get; init; }

    /// <summary>Warnings only: for a service that is there for one command, whose answer is what counts.</summary>
    public bool Quiet { get; init; }

    /// <summary>Configuration keys and values; what was not asked for stays to appsettings.json and the
    /// environment.</summary>
    public Dictionary<string, string?> ToConfiguration()
    {
        var keys = new Dictionary<string, string?>();
        void Set(string key, object? value)
        {
            if (value is not null)
            {
                keys[key] = value.ToString();
            }
        }

        void SetAll(string key, IEnumerable<string> values)
        {
            foreach (var (at, value) in values.Index())
            {
                keys[$"{key}:{at}"] = value;
            }
        }

        Set("Cluster:SiloName", SiloName);
        Set("Cluster:SiloPort", SiloPort);
        Set("Cluster:Primary", Primary);
        Set("Models:Repository", Full(Repository));
        Set("Models:Engine", Engine);
        Set(Role == ClusterRole.Silo ? "Silo:HttpPort" : "Gateway:HttpPort", HttpPort);
        Set("Gateway:GrpcPort", GrpcPort);
        Set("State:Folder", Full(State));
        foreach (var (name, folder) in Named)
        {
            Set($"Models:Named:{name}", Full(folder));
        }

        foreach (var (name, file) in Manifests)
        {
            Set($"Models:Manifests:{name}", Full(file));
        }

        var simulated = Devices.ToLookup(device => device.StartsWith("sim:", StringComparison.Ordinal));
        SetAll("Devices:Cpu", simulated[false]);
        SetAll("Devices:Simulated:Devices", simulated[true]);
        SetAll("Models:Required", Required);
        SetAll("Jobs:InputRoots", InputRoots.Select(Path.GetFullPath));
        SetAll("Jobs:OutputRoots", OutputRoots.Select(Path.GetFullPath));
        return keys;
    }

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);
}
