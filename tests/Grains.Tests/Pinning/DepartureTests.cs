namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>Another silo's departure is nothing to a replica.</summary>
public sealed class DepartureTests(Departure departure) : IClassFixture<Departure>
{
    [Fact]
    public void Departure_BeforeIt_AllActivationsAreOnTheSiloOfTheKey()
    {
        Assert.Equal(Departure.Count, departure.ActivatedBefore.Replicas.Count);
        Assert.Equal(Departure.Count, departure.ActivatedBefore.Listed.Count);
        Assert.All(
            departure.ActivatedBefore.Replicas.Concat(departure.ActivatedBefore.Listed),
            silo => Assert.Equal(departure.Home.Address, silo));
    }

    [Fact]
    public async Task Departure_OfAnotherSilo_DeactivatesNoReplica()
    {
        foreach (var caller in departure.Stayed)
        {
            await Task.WhenAll(departure.Keys.Select(key => caller.Replica(key).GetReport()))
                .WaitAsync(PinnedCluster.Patience, TestContext.Current.CancellationToken);
        }

        Assert.Empty(departure.Activations.DeactivatedOn(departure.Home.Address, departure.Replicas));

        // Nor was any activated anew by the calls.
        Assert.Equal(Departure.Count, departure.Activations.ActivatedOn(departure.Replicas).Count);
    }

    [Fact]
    public async Task Departure_OfAnotherSilo_LeavesALoadedModelServing()
    {
        foreach (var caller in departure.Stayed)
        {
            Assert.Null((await caller.Replica(departure.LoadedKey).ScoreAsync(5)).Fault);
        }

        Assert.Equal((1, false), (departure.Home.Runtime.Alive, departure.Home.Runtime.Misused));
    }

    /// <summary>The control: pinned by the same director, but listed in the directory, activations are lost.</summary>
    [Fact]
    public void Departure_OfAnotherSilo_DeactivatesGrainsThatADirectoryLists()
    {
        var lost = departure.Activations.DeactivatedOn(departure.Home.Address, departure.Listed);

        Assert.NotEmpty(lost);
        Assert.All(lost, reason => Assert.Equal(DeactivationReasonCode.DirectoryFailure, reason));
    }
}
