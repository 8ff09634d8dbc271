using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ScoringCluster.ServiceDefaults.State;

/// <summary>
/// The state folder, held by one process at a time: two would overwrite each other's state without noticing.
/// </summary>
public sealed class StateFolder : IDisposable
{
    private readonly FileStream _lock;

    /// <exception cref="StateFolderException">Another process holds the folder, or it cannot be written.</exception>
    public StateFolder(IOptions<StateOptions> options, IConfiguration configuration)
    {
        Path = System.IO.Path.GetFullPath(options.Value.Folder ?? Default(configuration));
        try
        {
            Directory.CreateDirectory(Path);
            _lock = new FileStream(
                System.IO.Path.Combine(Path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateFolderException(
                $"The state folder {Path} cannot be used: another service holds it, or it cannot be written "
                    + $"({e.Message}). Name another with --state.", e);
        }
    }

    public string Path { get; }

    public void Dispose() => _lock.Dispose();

    private static string Default(IConfiguration configuration)
    {
        var state = configuration["XDG_STATE_HOME"] is { Length: > 0 } named
            ? named
            : System.IO.Path
                .Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return System.IO.Path.Combine(state, "scoringcluster");
    }
}
