using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.ServiceDefaults.State;

/// <summary>
/// The state folder: of one service on a laptop, or of all silos of a localhost cluster together. Two services that
/// know nothing of each other would overwrite each other's state without noticing.
/// </summary>
public sealed class StateFolder : IDisposable
{
    private readonly FileStream _lock;
    private readonly FileStream? _member;

    /// <exception cref="StateFolderException">Another service holds the folder, or it cannot be written.</exception>
    public StateFolder(
        IOptions<StateOptions> options, IOptions<ClusterSettings> cluster, IConfiguration configuration)
    {
        Path = System.IO.Path.GetFullPath(options.Value.Folder ?? Default(configuration));
        try
        {
            Directory.CreateDirectory(Path);
            _lock = Lock(shared: cluster.Value.KnownRole != ClusterRole.All);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateFolderException(
                $"The state folder {Path} cannot be used: another service holds it, or it cannot be written "
                    + $"({e.Message}). Name another with --state.", e);
        }

        _member = cluster.Value.KnownRole == ClusterRole.Silo ? LockName(cluster.Value.Name) : null;
    }

    public string Path { get; }

    public void Dispose()
    {
        _member?.Dispose();
        _lock.Dispose();
    }

    /// <summary>A name is part of every replica's address: two processes of one would answer for each other.</summary>
    private FileStream LockName(string name)
    {
        try
        {
            return new FileStream(
                System.IO.Path.Combine(Path, $"{name}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite,
                FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _lock.Dispose();
            throw new StateFolderException(
                $"A silo named '{name}' runs already on the state folder {Path}: give this one another --silo-name.",
                e);
        }
    }

    private FileStream Lock(bool shared)
    {
        var file = System.IO.Path.Combine(Path, "lock");
        if (!shared)
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }

        // Opened for reading, the lock is one that other readers share and a service of its own does not get.
        if (!File.Exists(file))
        {
            File.WriteAllBytes(file, []);
        }

        return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    private static string Default(IConfiguration configuration)
    {
        var state = configuration["XDG_STATE_HOME"] is { Length: > 0 } named
            ? named
            : System.IO.Path
                .Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return System.IO.Path.Combine(state, "scoringcluster");
    }
}
