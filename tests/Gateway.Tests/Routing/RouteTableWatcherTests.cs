namespace ScoringCluster.Gateway.Tests.Routing;

public sealed class RouteTableWatcherTests
{
    [Fact]
    public async Task Watch_ControlPlaneAway_ServesTheLastTable()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        await gateway.Plane.LeaveAsync(new TimeoutException("no answer"));

        Assert.Equal(200, (await gateway.GetAsync("v2/models/sum/ready")).Status);
        Assert.Equal(200, (await gateway.GetAsync("v2/health/ready")).Status);
    }

    [Fact]
    public async Task Watch_ControlPlaneBack_TakesItsTableEvenWhenItCountsAnew()
    {
        await using var gateway = await GatewayFixture.StartAsync(table: TestModels.Table(7));
        await gateway.Plane.LeaveAsync(new InvalidOperationException("moving"));

        await gateway.Plane.PublishAsync(
            TestModels.Table(1, TestModels.Entry("new", 1, TestModels.Sum)));

        Assert.Equal(200, (await gateway.GetAsync("v2/models/new/ready")).Status);
        Assert.Contains(gateway.Logs.Lines, line => line.Contains("last route table serves", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_NewTable_ReplacesTheOldOneWhole()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            table: TestModels.Table(1, TestModels.Entry("old", 1, TestModels.Sum)));

        await gateway.Plane.PublishAsync(TestModels.Table(2));

        var (status, body) = await gateway.GetAsync("v2/models/old/ready");
        Assert.Equal(503, status);
        Assert.Contains("are gone", body, StringComparison.Ordinal);
        Assert.Equal(404, (await gateway.GetAsync("v2/models/never/ready")).Status);
    }
}
