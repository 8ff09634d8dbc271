using Microsoft.Extensions.Configuration;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.ServiceDefaults.Tests.Cluster;

public sealed class ClusterSettingsTests
{
    [Fact]
    public void Validate_OfTheDefaults_Succeeds() => Assert.Empty(Failures());

    [Theory]
    [InlineData("gateway-0", "Gateway")]
    [InlineData("silo-0", "silo")]
    [InlineData("silo-0", "All")]
    public void Name_WithoutOne_FollowsTheRole(string name, string role) =>
        Assert.Equal(name, Of(("Role", role)).Name);

    [Fact]
    public void Validate_OfEverythingWrong_SaysAllAtOnce()
    {
        var failures = Failures(
            ("Role", "Boss"), ("Provider", "Carrier pigeon"), ("SiloName", "a/b"), ("SiloPort", "70000"),
            ("ClientPort", "-1"), ("Primary", "elsewhere"), ("ClientEndpoints:0", "10.0.0.1:1"),
            ("GatewayAsClient", "true"));

        string[] named =
        [
            "Cluster:ClientEndpoints '10.0.0.1:1'", "Cluster:ClientPort -1", "Cluster:GatewayAsClient is for",
            "Cluster:Primary 'elsewhere'", "Cluster:Provider 'Carrier pigeon'", "Cluster:Role 'Boss'",
            "Cluster:SiloName 'a/b'", "Cluster:SiloPort 70000",
        ];
        Assert.Equal(named.Length, failures.Count);
        Assert.All(named.Zip(failures), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1:11111", true)]
    [InlineData("localhost:1", true)]
    [InlineData("localhost", false)]
    [InlineData("localhost:0", false)]
    [InlineData("localhost:65536", false)]
    [InlineData(":11111", false)]
    [InlineData("10.1.2.3:11111", false)]
    public void Validate_OfAPrimary_TakesEndpointsOfThisMachine(string text, bool valid) =>
        Assert.Equal(valid, Failures(("Primary", text)).Count == 0);

    [Fact]
    public void Validate_OfAGatewayWithoutACluster_NamesTheOption() =>
        Assert.Contains("Cluster:Primary", Assert.Single(Failures(("Role", "Gateway"))), StringComparison.Ordinal);

    [Fact]
    public void Validate_OfAGatewayAsClient_NeedsEndpointsAndNoPrimary()
    {
        Assert.Contains(
            "Cluster:ClientEndpoints",
            Assert.Single(Failures(("Role", "Gateway"), ("GatewayAsClient", "true"))),
            StringComparison.Ordinal);
        Assert.Empty(Failures(
            ("Role", "Gateway"), ("GatewayAsClient", "true"), ("ClientEndpoints:0", "127.0.0.1:30000")));
    }

    [Fact]
    public void Validate_OfRedis_SaysThatItIsNotThereYet() => Assert.Contains(
        "not in this version", Assert.Single(Failures(("Provider", "Redis"))), StringComparison.Ordinal);

    private static List<string> Failures(params (string Key, string Value)[] settings) =>
    [
        .. (new ClusterSettingsValidator().Validate(null, Of(settings)).Failures ?? []).Order(StringComparer.Ordinal),
    ];

    private static ClusterSettings Of(params (string Key, string Value)[] settings) => ClusterSettings.Of(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Cluster:{s.Key}", (string?)s.Value)))
            .Build());
}
