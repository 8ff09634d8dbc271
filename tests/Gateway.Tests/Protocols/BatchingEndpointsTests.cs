using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Tests.Protocols;

public sealed class BatchingEndpointsTests
{
    [Fact]
    public async Task Get_KnownModel_SaysOfEachReplicaHowItGathers()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Replicas.Batching = _ => new BatchingReport
        {
            Slots = 2,
            Options = [new NamedText("RowsMax", "32")],
            Lanes = [new LaneReport(Lane.Online, 7, 56, 0.25, 0.5)],
            Sizes = [new SizesReport("serve", [TensorShape.Of(4)], 8, 16, [new SizeCost(8, 0.001, 10)])],
            Totals = new BatchingTotals
            {
                Rows = 100,
                ClosedBy = [new NamedCount("idle", 3)],
                RowsPerBatch = [new SizeCount(32, 3)],
            },
        };

        var (status, body) = await gateway.GetAsync("api/models/sum/batching");

        Assert.Equal(200, status);
        using var json = JsonDocument.Parse(body);
        Assert.Equal("sum", json.RootElement.GetProperty("model").GetString());
        var replica = json.RootElement.GetProperty("replicas")[0];
        Assert.Equal("32", replica.GetProperty("options").GetProperty("RowsMax").GetString());
        var online = replica.GetProperty("lanes").GetProperty("online");
        Assert.Equal(0.25, online.GetProperty("oldest_seconds").GetDouble());
        var learned = replica.GetProperty("learned")[0];
        Assert.Equal("[4]", learned.GetProperty("row_shapes")[0].GetString());
        Assert.Equal(0.001, learned.GetProperty("sizes")[0].GetProperty("seconds_per_row").GetDouble());
        Assert.Equal(3, replica.GetProperty("totals").GetProperty("closed_by").GetProperty("idle").GetInt64());
    }

    [Fact]
    public async Task Get_ReplicaThatDoesNotAnswer_IsShownAsThat()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.GetAsync("api/models/sum/batching");

        Assert.Equal(200, status);
        Assert.Contains("does not answer", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_UnknownModel_Is404()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        Assert.Equal(404, (await gateway.GetAsync("api/models/nobody/batching")).Status);
    }
}
