using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Gateway.Tests.Hosting;

public sealed class GatewayOptionsTests
{
    [Fact]
    public void Ctor_Defaults_AreValid()
    {
        var options = new GatewayOptions();

        Assert.Equal(8080, options.HttpPort);
        Assert.Equal(Limits.RequestBytesMax, options.RequestBytesMax);
        Assert.True(new GatewayOptionsValidator().Validate(null, options).Succeeded);
    }

    [Fact]
    public async Task Start_BadOptions_ListsEveryFailure()
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => GatewayFixture.StartAsync(
            settings: [("Gateway:HttpPort", "70000"), ("Gateway:RequestBytesMax", "0")]));

        Assert.Contains(failure.Failures, f => f.Contains("HttpPort", StringComparison.Ordinal));
        Assert.Contains(failure.Failures, f => f.Contains("RequestBytesMax", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_Server_ListensOnTheLoopbackOnly()
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);

        Assert.True(gateway.Http.BaseAddress!.IsLoopback);
        Assert.NotEqual(0, gateway.Http.BaseAddress.Port);
        Assert.Equal((200, ""), await gateway.GetAsync("v2/health/ready"));
    }
}
