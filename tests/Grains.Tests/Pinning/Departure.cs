namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>
/// Three silos; one holds 300 replicas and, as a control, 300 grains that are pinned likewise but listed in the grain
/// directory. Another silo has left in an orderly way, after it called all of them.
/// </summary>
public sealed class Departure : IAsyncLifetime
{
    public const int Count = 300;

    private readonly PinnedCluster _cluster = new();

    public ActivationLog Activations => _cluster.Activations;

    public PinnedSilo Home => _cluster.Primary;

    public PinnedSilo Left { get; private set; } = null!;

    /// <summary>Silos that stay, the replicas' own among them.</summary>
    public IReadOnlyList<PinnedSilo> Stayed => [.. _cluster.Silos.Where(silo => silo != Left)];

    public IReadOnlySet<GrainId> Replicas { get; private set; } = new HashSet<GrainId>();

    public IReadOnlySet<GrainId> Listed { get; private set; } = new HashSet<GrainId>();

    /// <summary>A replica with a model; the model is loaded but once.</summary>
    public string LoadedKey => $"{Home.Name}/cpu:1/{PinnedCluster.Model}";

    /// <summary>Where they were activated before the departure.</summary>
    public (IReadOnlyList<SiloAddress> Replicas, IReadOnlyList<SiloAddress> Listed) ActivatedBefore
    {
        get;
        private set;
    }

    public IReadOnlyList<string> Keys => [.. Enumerable.Range(1, Count).Select(i => $"{Home.Name}/cpu:{i % 2}/m@{i}")];

    public async ValueTask InitializeAsync()
    {
        await _cluster.InitializeAsync();
        Replicas = Keys.Select(key => Home.Replica(key).GetGrainId()).ToHashSet();
        Listed = Keys.Select(key => Home.Grains.GetGrain<IListedGrain>(key).GetGrainId()).ToHashSet();
        Left = Unrelated();

        await Left.Replica(LoadedKey).LoadAsync();
        await Task.WhenAll(Keys.Select(key => Left.Replica(key).GetReport()))
            .WaitAsync(PinnedCluster.Patience, TestContext.Current.CancellationToken);
        await Task.WhenAll(Keys.Select(key => Left.Grains.GetGrain<IListedGrain>(key).WhereAsync()))
            .WaitAsync(PinnedCluster.Patience, TestContext.Current.CancellationToken);
        ActivatedBefore = (Activations.ActivatedOn(Replicas), Activations.ActivatedOn(Listed));

        await Left.StopAsync();
        await _cluster.SettledAsync();

        // The directory goes through all activations of a silo at once. When the first of the control's goes, all are
        // judged, the replicas too: nothing more is to be awaited before a test says that nothing happened to them.
        await Activations.FirstDeactivationAsync(Home.Address, Listed);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>
    /// The silo that leaves, one of the two which hold no replicas: that which holds more of the directory's entries.
    /// Each silo stands once on the ring, so that shares are random and may be tiny: one of the two, picked blindly,
    /// would hold none of 300 entries in 1 run of 150, and the control would miss. That both hold none happens
    /// once in 45,000 runs, since then the third must have all but a three-hundredth of the ring.
    /// </summary>
    private PinnedSilo Unrelated()
    {
        var addresses = _cluster.Silos.Select(silo => silo.Address).ToList();
        var entries = Listed.CountBy(grain => DirectoryRing.OwnerOf(grain, addresses)).ToDictionary();
        return _cluster.Silos.Where(silo => silo != Home)
            .MaxBy(silo => entries.GetValueOrDefault(silo.Address))!;
    }
}
