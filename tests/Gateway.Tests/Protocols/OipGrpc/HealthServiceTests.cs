using Grpc.Core;
using Grpc.Health.V1;
using ScoringCluster.Protocol.Oip;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace ScoringCluster.Gateway.Tests.Protocols.OipGrpc;

public sealed class HealthServiceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_FollowsReadiness_AndWatchTellsOfChanges()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            table: TestModels.Table(1) with { Required = ["sum", "failed"] });
        var health = new Health.HealthClient(gateway.Channel);
        using var watch = health.Watch(new HealthCheckRequest(), cancellationToken: Token);

        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.Equal(ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        await gateway.Plane.PublishAsync(TestModels.Table(2));
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);

        var service = new HealthCheckRequest { Service = OipMethods.Service };
        Assert.Equal(
            ServingStatus.Serving,
            (await health.CheckAsync(service, cancellationToken: Token)).Status);
        var e = await Assert.ThrowsAsync<RpcException>(() => health.CheckAsync(
            new HealthCheckRequest { Service = "none" }, cancellationToken: Token).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, e.StatusCode);
    }

    /// <summary>The host waits for open calls, and breaks them off after its patience: half a minute.</summary>
    [Theory]
    [InlineData("", ServingStatus.Serving, ServingStatus.NotServing)]
    [InlineData("none", ServingStatus.ServiceUnknown, null)]
    public async Task Watch_WhileTheServerStops_SaysSoAndEnds(string service, ServingStatus first, ServingStatus? last)
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);
        var health = new Health.HealthClient(gateway.Channel);
        using var watch = health.Watch(new HealthCheckRequest { Service = service }, cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.Equal(first, watch.ResponseStream.Current.Status);

        var stopped = gateway.StopAsync();

        if (last is not null)
        {
            Assert.True(await watch.ResponseStream.MoveNext(Token));
            Assert.Equal(last, watch.ResponseStream.Current.Status);
        }

        // A call that is broken off throws.
        Assert.False(await watch.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.OK, watch.GetStatus().StatusCode);
        await stopped;
    }
}
