using Orleans.TestingHost;

namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>
/// Silos with real membership, real sockets and the real grain directory, each a host of its own. The test cluster of
/// Orleans has a directory in memory that outlives its silos, and so hides what the departure of one does to others.
/// </summary>
public sealed class PinnedCluster : IAsyncLifetime
{
    public const int Devices = 2;

    /// <summary>The one model of the store.</summary>
    public const string Model = "a@1";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int Size = 3;

    private readonly string _repository = Directory.CreateTempSubdirectory("pinning-tests-").FullName;
    private readonly TestClusterPortAllocator _ports = new();
    private readonly List<PinnedSilo> _silos = [];
    private int _firstPort;

    public IReadOnlyList<PinnedSilo> Silos => _silos;

    /// <summary>Holds the membership table, so it is the last to leave.</summary>
    public PinnedSilo Primary => _silos[0];

    public SiloLog Log { get; } = new();

    public ActivationLog Activations { get; } = new();

    /// <summary>Every silo and device, with a model.</summary>
    public IEnumerable<(PinnedSilo Silo, int Device, string Key)> Keys(string model) =>
        from silo in _silos
        from device in Enumerable.Range(0, Devices)
        select (silo, device, $"{silo.Name}/cpu:{device}/{model}");

    public async ValueTask InitializeAsync()
    {
        var version = Directory.CreateDirectory(Path.Combine(_repository, "a", "1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(version, "saved_model.pb"), "a");

        // Ports that no other test process takes meanwhile: one of the silos comes back on its own.
        (_firstPort, _) = _ports.AllocateConsecutivePortPairs(Size);
        _silos.Add(await StartAsync(0));
        _silos.AddRange(await Task.WhenAll(Enumerable.Range(1, Size - 1).Select(StartAsync)));
        await SettledAsync();
    }

    /// <summary>Ends when all silos that run see each other and nobody else.</summary>
    public Task SettledAsync()
    {
        var running = _silos.Where(silo => !silo.IsStopped).ToList();
        return Task.WhenAll(running.Select(silo => silo.SeesAsync(running)));
    }

    /// <summary>Starts a stopped silo again: the same name and port, but a new address to Orleans.</summary>
    public async Task<PinnedSilo> RestartAsync(PinnedSilo stopped)
    {
        await stopped.DisposeAsync();
        var index = _silos.IndexOf(stopped);
        return _silos[index] = await StartAsync(index);
    }

    /// <summary>Stops all silos in an orderly way.</summary>
    public async Task StopAsync()
    {
        foreach (var silo in _silos.AsEnumerable().Reverse().Where(silo => !silo.IsStopped))
        {
            await silo.StopAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
        }

        Activations.Dispose();
        Log.Dispose();
        _ports.Dispose();
        Directory.Delete(_repository, recursive: true);
    }

    private Task<PinnedSilo> StartAsync(int index) =>
        PinnedSilo.StartAsync($"silo-{index}", _firstPort + index, _firstPort, _repository, Log);
}
