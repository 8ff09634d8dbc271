namespace ScoringCluster.Cli.Serve;

/// <summary>
/// Options are checked under the names that they have in configuration; who gave a flag looks for the flag. Messages
/// that name a flag already stay as they are.
/// </summary>
internal static class FlagNames
{
    private static readonly (string Key, string Flag)[] _flags =
    [
        ("Cluster:Primary", "--primary"),
        ("Cluster:SiloName", "--silo-name"),
        ("Cluster:SiloPort", "--silo-port"),
        ("Devices:Cpu", "--device"),
        ("Devices:Simulated:Devices", "--device"),
        ("Models:Engine", "--engine"),
        ("Models:Manifests", "--manifest"),
        ("Models:Named", "--model"),
        ("Models:Repository", "--models"),
    ];

    /// <summary>A failure of options with the flags of the keys in it.</summary>
    public static string Add(string failure)
    {
        foreach (var (key, flag) in _flags)
        {
            if (!failure.Contains(flag, StringComparison.Ordinal))
            {
                failure = failure.Replace(key, $"{flag} ({key})", StringComparison.Ordinal);
            }
        }

        return failure;
    }
}
