using ScoringCluster.Contracts.Models;
using ScoringCluster.Core;
using ScoringCluster.Grains.Models;

namespace ScoringCluster.Grains.Tests.Models;

public sealed class PlacementPlanTests
{
    [Fact]
    public void Compute_OfSeveralVersions_TakesTheHighestOfEachNameOnEveryDevice()
    {
        var plan = PlacementPlan.Compute([Silo("s", devices: 2, "a@1", "a@10", "a@9", "b@3")], _ => false);

        Assert.Equal(
            ["s/cpu:0/a@10", "s/cpu:0/b@3", "s/cpu:1/a@10", "s/cpu:1/b@3"], plan.Select(key => key.ToString()));
    }

    [Fact]
    public void Compute_OfSilosWithDifferentStores_GivesEachWhatItCanSee()
    {
        var plan = PlacementPlan.Compute(
            [Silo("t", devices: 1, "a@1"), Silo("s", devices: 1, "a@2", "b@1")], _ => false);

        Assert.Equal(["s/cpu:0/a@2", "s/cpu:0/b@1", "t/cpu:0/a@1"], plan.Select(key => key.ToString()));
    }

    [Fact]
    public void Compute_WithoutDevicesOrModels_IsEmpty() =>
        Assert.Empty(PlacementPlan.Compute([Silo("s", devices: 0, "a@1"), Silo("t", devices: 1)], _ => false));

    [Fact]
    public void Compute_BelowAVersionThatCannotBeLoaded_TakesTheNextLowerOneToo()
    {
        var plan = PlacementPlan.Compute(
            [Silo("s", devices: 1, "a@1", "a@2", "a@3", "a@4")], key => key.Model.Version >= 3);

        Assert.Equal(["s/cpu:0/a@2", "s/cpu:0/a@3", "s/cpu:0/a@4"], plan.Select(key => key.ToString()));
    }

    internal static SiloReport Silo(string name, int devices, params string[] models) =>
        SiloWith("1", name, devices, models);

    internal static SiloReport SiloWith(string fingerprint, string name, int devices, params string[] models) => new(
        name,
        [.. Enumerable.Range(0, devices).Select(i => new DeviceReport(DeviceId.Cpu(i), "cpu", 1, 1, 1))],
        [
            .. models.Select(text => ModelRef.TryParse(text, out var model)
                ? new VersionReport(model, fingerprint)
                : throw new FormatException(text)),
        ],
        [],
        Incarnation: 1);
}
