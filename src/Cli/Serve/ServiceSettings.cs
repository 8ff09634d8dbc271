namespace ScoringCluster.Cli.Serve;

/// <summary>What a command asks of the service that it hosts; flags become configuration.</summary>
internal sealed record ServiceSettings
{
    public string? Repository { get; init; }

    public IReadOnlyList<(string Name, string Folder)> Named { get; init; } = [];

    public IReadOnlyList<(string Name, string File)> Manifests { get; init; } = [];

    public IReadOnlyList<string> Required { get; init; } = [];

    public IReadOnlyList<string> InputRoots { get; init; } = [];

    public IReadOnlyList<string> OutputRoots { get; init; } = [];

    public string? Engine { get; init; }

    public int? HttpPort { get; init; }

    public string? State { get; init; }

    /// <summary>Configuration keys and values; what was not asked for stays to appsettings.json and the
    /// environment.</summary>
    public Dictionary<string, string?> ToConfiguration()
    {
        var keys = new Dictionary<string, string?>();
        void Set(string key, string? value)
        {
            if (value is not null)
            {
                keys[key] = value;
            }
        }

        void SetAll(string key, IReadOnlyList<string> values)
        {
            for (var i = 0; i < values.Count; i++)
            {
                keys[$"{key}:{i}"] = values[i];
            }
        }

        Set("Models:Repository", Full(Repository));
        Set("Models:Engine", Engine);
        Set("Gateway:HttpPort", HttpPort?.ToString());
        Set("State:Folder", Full(State));
        foreach (var (name, folder) in Named)
        {
            Set($"Models:Named:{name}", Full(folder));
        }

        foreach (var (name, file) in Manifests)
        {
            Set($"Models:Manifests:{name}", Full(file));
        }

        SetAll("Models:Required", Required);
        SetAll("Jobs:InputRoots", [.. InputRoots.Select(Path.GetFullPath)]);
        SetAll("Jobs:OutputRoots", [.. OutputRoots.Select(Path.GetFullPath)]);
        return keys;
    }

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);
}
