using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Tests.Faults;

public sealed class ErrorPagesTests
{
    private const string Good = """
        {"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("v3")]
    [InlineData("api/score")]
    [InlineData("v2/models/sum/unknown")]
    public async Task UnknownPath_Is404AsJson(string path)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await gateway.Http.GetAsync(path, Token);

        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("""{"error":"Not Found"}""", await answer.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("GET", "api/score/picture", "POST")]
    [InlineData("POST", "v2", "GET")]
    [InlineData("DELETE", "api/jobs", "GET, POST")]
    public async Task WrongVerb_Is405AsJsonAndNamesTheRightOnes(string verb, string path, string allowed)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(verb), path);

        using var answer = await gateway.Http.SendAsync(request, Token);

        Assert.Equal(405, (int)answer.StatusCode);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow.Order()));
        Assert.Equal("""{"error":"Method Not Allowed"}""", await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Defect_Is500WithAReferenceThatTheLogHas()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Replicas.Before = (_, _) => throw new InvalidCastException("a secret of the code");

        var (status, body) = await gateway.PostAsync("v2/models/echo-Float32/infer", Good);

        Assert.Equal(500, status);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        var line = Assert.Single(gateway.Logs.Lines, l => l.Contains("failed unexpectedly", StringComparison.Ordinal));
        var reference = line.Split('(', ')')[1];
        Assert.Contains(reference, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallerThatGoesAway_StopsTheReplicaAndIsNoDefect()
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);
        var entered = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        gateway.Replicas.Before = async (_, cancellationToken) =>
        {
            entered.SetResult();
            try
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }
            finally
            {
                stopped.SetResult();
            }
        };
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var call = gateway.Http.PostAsync("v2/models/echo-Float32/infer", new StringContent(Good), caller.Token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.DoesNotContain(gateway.Logs.Lines, l => l.Contains("failed unexpectedly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FullQueue_Is503OverARealSocket()
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);
        gateway.Replicas.Fault = _ =>
            new ScoringFault(FaultKind.Overloaded, "full") { RetryAfter = TimeSpan.FromSeconds(2) };

        using var answer = await gateway.Http.PostAsync(
            "v2/models/echo-Float32/infer", new StringContent(Good), Token);

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), answer.Headers.RetryAfter!.Delta);
        Assert.False(answer.Headers.Contains("Server"));
    }
}
