using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.ServiceDefaults.Tests.Cluster;

public sealed class ClusterSettingsTests
{
    private static readonly ClusterSettingsValidator _validator = new();

    [Fact]
    public void Validate_OfTheDefaults_Succeeds() =>
        Assert.True(_validator.Validate(null, new ClusterSettings()).Succeeded);

    [Fact]
    public void Validate_OfAnotherRoleAndAName_SaysBothAtOnce()
    {
        var result = _validator.Validate(null, new ClusterSettings { Role = "Gateway", SiloName = "a/b" });

        Assert.Collection(
            result.Failures!.Order(StringComparer.Ordinal),
            failure => Assert.Contains("Cluster:Role must be All", failure, StringComparison.Ordinal),
            failure => Assert.Contains("Cluster:SiloName must be", failure, StringComparison.Ordinal));
    }
}
