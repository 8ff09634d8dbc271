using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Contracts.Models;
using ScoringCluster.ServiceDefaults.Health;

namespace ScoringCluster.Gateway.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task Ready_FollowsTheRequiredModels()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            table: TestModels.Table(1) with { Required = ["sum", "failed"] });
        Assert.Equal((503, ""), await gateway.GetAsync("v2/health/ready"));
        Assert.Equal((503, ""), await gateway.GetAsync("health/ready"));

        await gateway.Plane.PublishAsync(TestModels.Table(2));

        Assert.Equal((200, ""), await gateway.GetAsync("v2/health/ready"));
        Assert.Equal((200, ""), await gateway.GetAsync("health/ready"));
    }

    [Fact]
    public async Task Startup_WaitsForTheFirstTableAndLiveDoesNot()
    {
        await using var gateway = await GatewayFixture.StartAsync(table: RouteTable.Empty);

        Assert.Equal(200, (await gateway.GetAsync("health/live")).Status);
        Assert.Equal(200, (await gateway.GetAsync("v2/health/live")).Status);
        Assert.Equal(503, (await gateway.GetAsync("health/startup")).Status);
        await gateway.Plane.PublishAsync(TestModels.Table(1));
        Assert.Equal(200, (await gateway.GetAsync("health/startup")).Status);
    }

    [Fact]
    public async Task Failures_NameRequiredModelsThatCannotBeLoaded()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            table: TestModels.Table(1) with { Required = ["sum", "failed"] });

        var readiness = gateway.Services.GetRequiredService<Readiness>();

        Assert.False(readiness.IsReady);
        Assert.Equal(["failed@1: it is corrupt"], readiness.Failures);
    }
}
