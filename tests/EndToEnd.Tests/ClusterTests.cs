using System.Net;
using System.Text.Json;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>Silos and gateways as processes of their own: who answers, and what goes on when a silo does not.</summary>
public sealed class ClusterTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string[] Pictures => [.. Directory.GetFiles(cluster.Images, "*.png", SearchOption.AllDirectories).Order()];

    [Fact]
    public async Task Score_ThroughAGateway_RunsOnEveryDeviceOfEverySilo()
    {
        using var http = new HttpClient { BaseAddress = cluster.Http };

        var replicas = await RepliesFrom(http, calls: 60);

        Assert.Equal(
            ["silo-0/cpu:0/stripes@1", "silo-0/cpu:1/stripes@1", "silo-1/cpu:0/stripes@1", "silo-1/cpu:1/stripes@1"],
            replicas.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Score_OverHttpAndOverGrpc_GivesTheSameNumbers()
    {
        var overHttp = await ScoringProcess.Run(
            0, ["score", .. Pictures, "--model", "stripes", "--url", cluster.Http.ToString(), "--json"]);
        var overGrpc = await ScoringProcess.Run(
            0, ["score", .. Pictures, "--model", "stripes", "--grpc", cluster.Grpc.ToString(), "--json"]);

        var (http, grpc) = (Probabilities(overHttp), Probabilities(overGrpc));
        Assert.Equal(30, http.Count);
        Assert.Equal(http.Keys, grpc.Keys);
        Assert.All(http, pair => Assert.Equal(pair.Value, grpc[pair.Key], (a, b) => Math.Abs(a - b) < 1e-5));
    }

    [Fact]
    public async Task Rescore_ThroughAGateway_FinishesOnTheSilos()
    {
        var output = await ScoringProcess.Run(
            0, "rescore", "--model", "stripes", "--input", cluster.Images, "--output",
            Path.Combine(cluster.Outputs, "all"), "--url", cluster.Http.ToString());

        Assert.Contains("30 scored, 0 bad", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(cluster.Outputs, "all", "_SUCCESS")));
    }

    [Fact]
    public async Task Departure_OfASilo_FailsNoCall_AndItsReturnServesAgain()
    {
        using var http = new HttpClient { BaseAddress = cluster.Http };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var calls = Task.Run(() => KeepCalling(http, stop.Token), Token);

        await cluster.StopSilo("silo-1");
        var without = await RepliesFrom(http, calls: 20);
        await cluster.StartSilo("silo-1");
        await WaitForReplica(http, "silo-1");
        await stop.CancelAsync();

        Assert.All(without, replica => Assert.StartsWith("silo-0/", replica, StringComparison.Ordinal));
        Assert.All(await calls, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Fact]
    public async Task Loss_OfASilo_LeavesTheOtherServing_AndItsReturnServesAgain()
    {
        using var http = new HttpClient { BaseAddress = cluster.Http };

        await WaitForReplica(http, "silo-1");

        await cluster.KillSilo("silo-1");
        var replicas = await RepliesFrom(http, calls: 20);
        await cluster.StartSilo("silo-1");
        await WaitForReplica(http, "silo-1");

        Assert.All(replicas, replica => Assert.StartsWith("silo-0/", replica, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Gateway_AsAClientOfTheCluster_ServesToo()
    {
        var (gateway, url, _) = await ScoringProcess.ServeBoth(
            ["--role", "gateway"],
            ("SCORING__Cluster__GatewayAsClient", "true"),
            ("SCORING__Cluster__ClientEndpoints__0", $"127.0.0.1:{cluster.ClientPort}"));
        await using var disposed = gateway;
        using var http = new HttpClient { BaseAddress = url };

        Assert.Equal(4, (await RepliesFrom(http, calls: 60)).Distinct().Count());
        Assert.Equal(0, await gateway.Terminate());
    }

    [Fact]
    public async Task Gateway_StoppedWhileItLooksForTheFirstSilo_EndsWithoutAFailure()
    {
        await using var gateway = ScoringProcess.Start(
            ["serve", "--role", "gateway", "--primary", $"127.0.0.1:{ClusterFixture.FreePort()}", "--http-port", "0"]);
        await gateway.ErrorLine("Connection attempt");

        Assert.Equal(0, await gateway.Terminate());
        Assert.EndsWith("Interrupted.", gateway.Errors, StringComparison.Ordinal);
    }

    /// <summary>The replicas that answered; every call has to be answered with scores.</summary>
    private async Task<List<string>> RepliesFrom(HttpClient http, int calls)
    {
        var replicas = new List<string>();
        var image = await File.ReadAllBytesAsync(Pictures[0], Token);
        for (var i = 0; i < calls; i++)
        {
            using var answer = await http.PostAsync("api/score/stripes", new ByteArrayContent(image), Token);
            Assert.True(
                answer.StatusCode == HttpStatusCode.OK, $"{i}: {await answer.Content.ReadAsStringAsync(Token)}");
            replicas.Add(answer.Headers.GetValues("X-Scoring-Replica").Single());
        }

        return replicas;
    }

    private async Task<List<HttpStatusCode>> KeepCalling(HttpClient http, CancellationToken stop)
    {
        var statuses = new List<HttpStatusCode>();
        var image = await File.ReadAllBytesAsync(Pictures[0], Token);
        while (!stop.IsCancellationRequested)
        {
            using var answer = await http.PostAsync("api/score/stripes", new ByteArrayContent(image), Token);
            statuses.Add(answer.StatusCode);
        }

        return statuses;
    }

    private async Task WaitForReplica(HttpClient http, string silo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(ScoringProcess.Patience);
        var replicas = await RepliesFrom(http, calls: 4);
        while (!replicas.Exists(replica => replica.StartsWith(silo, StringComparison.Ordinal)))
        {
            patience.Token.ThrowIfCancellationRequested();
            replicas = await RepliesFrom(http, calls: 4);
        }
    }

    private static SortedDictionary<string, double[]> Probabilities(string lines) => new(
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(
                score => score.GetProperty("file").GetString()!,
                score => score.GetProperty("probabilities").EnumerateObject()
                    .Select(probability => probability.Value.GetDouble()).ToArray()));
}
