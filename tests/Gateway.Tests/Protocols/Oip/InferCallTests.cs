using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Tests.Protocols.Oip;

/// <summary>What a call brings besides its tensors: parameters, deadline, faults of form; and what it leaves.</summary>
public sealed class InferCallTests
{
    private const string Good = """
        {"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"data":[1,2]},
                   {"name":"b","datatype":"INT32","shape":[1],"data":[3]}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Infer_TimeoutParameter_OnlyShortensTheDeadline()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        await gateway.PostAsync("v2/models/sum/infer", WithParameters("""{"timeout":20000000}"""));
        await gateway.PostAsync("v2/models/sum/infer", WithParameters("""{"timeout":3600000000,"priority":1}"""));

        var times = gateway.Replicas.TimesLeft.ToArray();
        Assert.InRange(times[0], TimeSpan.FromTicks(1), TimeSpan.FromSeconds(20));
        Assert.InRange(times[1], TimeSpan.FromTicks(1), Limits.RequestTimeDefault);
        Assert.Equal([0, 1], gateway.Replicas.Priorities);
    }

    [Fact]
    public async Task Infer_DeadlineThatPassedBefore_Is504AndReachesNoReplica()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.PostAsync("v2/models/sum/infer", WithParameters("""{"timeout":1}"""));

        Assert.Equal(504, status);
        Assert.Contains("deadline", body, StringComparison.Ordinal);
        Assert.Empty(gateway.Replicas.Calls);
    }

    [Theory]
    [InlineData("wrong", "has no signature 'wrong'; it has serving_default, other")]
    [InlineData("train", "Signature 'train' of model sum@10 is not served: op RandomUniform draws numbers")]
    [InlineData("other", "inputs[b]: signature 'other' has no such input; it has a")]
    public async Task Infer_SignatureParameter_ChoosesTheFunction(string name, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.PostAsync(
            "v2/models/sum/infer", WithParameters($$"""{"signature_name":"{{name}}"}"""));

        Assert.Equal(400, status);
        Assert.Contains(expected, body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "a JSON object is expected")]
    [InlineData("{}", "inputs: missing")]
    [InlineData("""{"inputs":5}""", "inputs: an array is expected")]
    [InlineData("""{"inputs":[5]}""", "inputs[0]: an object is expected")]
    [InlineData("""{"inputs":[]} {}""", "not JSON")]
    [InlineData("""{"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"data":[1,}]}""", "not JSON")]
    [InlineData("""{"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"data":[1,2]}""", "not JSON")]
    [InlineData("""{"inputs":[{"name":"a","shape":[-1,2],"data":[1,2]}]}""", "inputs[0].shape[0]: a whole number")]
    [InlineData("""{"inputs":[{"name":"a","datatype":"FLOAT"}]}""", "inputs[a].datatype: 'FLOAT' is no type")]
    [InlineData("""{"inputs":[{"name":"a","data":[1],"data":[1]}]}""", "'data' twice")]
    [InlineData("""{"inputs":[{"name":"\ud800"}]}""", "not Unicode")]
    [InlineData("""{"inputs":[{"\udc00":1}]}""", "not Unicode")]
    [InlineData("""{"id":7,"inputs":[]}""", "id: a text is expected")]
    [InlineData("""{"parameters":{"timeout":"soon"},"inputs":[]}""", "parameters.timeout: a whole number")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"sum","parameters":{"classification":3}}]}""",
        "classification: is not supported")]
    public async Task Infer_MalformedBody_Is400AndSaysWhat(string request, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.PostAsync("v2/models/sum/infer", request);

        Assert.Equal(400, status);
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error").GetString();
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_TextThatIsNoUtf8_Is400()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var content = new ByteArrayContent([.. "{\"id\":\""u8, 0xFF, .. "\",\"inputs\":[]}"u8]);

        using var answer = await gateway.Http.PostAsync("v2/models/sum/infer", content, Token);

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("not Unicode", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_InputThatSaysTooLittle_HidesNoOtherMistake()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        const string request =
            """{"inputs":[{"name":"a","shape":[1,2],"data":[1,2]},{"name":"z","datatype":"BOOL"}]}""";

        var (_, body) = await gateway.PostAsync("v2/models/sum/infer", request);

        string[] expected =
        [
            "inputs[a].datatype: missing", "inputs[z].shape: missing", "inputs[z].data: missing",
            "inputs[b]: missing; expected INT32 [-1]",
        ];
        Assert.All(expected, part => Assert.Contains(part, body, StringComparison.Ordinal));
        Assert.DoesNotContain("inputs[a]: missing", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_ManyMistakes_ListsSomeAndCountsTheRest()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var inputs = Enumerable.Range(0, 100)
            .Select(i => $$"""{"name":"x{{i}}","datatype":"FP32","shape":[1],"data":[1]}""");

        var (status, body) = await gateway.PostAsync(
            "v2/models/sum/infer", $$"""{"inputs":[{{string.Join(',', inputs)}}]}""");

        Assert.Equal(400, status);
        Assert.Contains("…: and 70 more", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_Answer_SaysWhereTheTimeWentAndWhoComputed()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await gateway.Http.PostAsync("v2/models/sum/infer", new StringContent(Good), Token);

        Assert.Equal("queue;dur=1.5, compute;dur=20", answer.Headers.GetValues("Server-Timing").Single());
        Assert.Equal("silo-0/cpu:0/sum@10", answer.Headers.GetValues("X-Scoring-Replica").Single());
        Assert.Equal("fake", answer.Headers.GetValues("X-Scoring-Engine").Single());
    }

    [Fact]
    public async Task Infer_ScoredOrFailed_LeavesNoBlockBehind()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        await gateway.PostAsync("v2/models/sum/infer", Good);
        gateway.Replicas.Fault = _ => new ScoringFault(FaultKind.ModelFailed, "no");
        await gateway.PostAsync("v2/models/sum/infer", Good);

        Assert.Equal(2, gateway.Replicas.Calls.Count);
        Assert.Empty(gateway.Replicas.BlocksOut);
    }

    [Fact]
    public async Task Infer_ReplicaThatIsGone_IsTriedElsewhereWithTheSameInputs()
    {
        var table = TestModels.Table(1, TestModels.Entry("sum", 12, TestModels.Sum, "silo-1", "silo-2"));
        await using var gateway = await GatewayFixture.StartAsync(table: table);
        gateway.Replicas.Fault = _ =>
            gateway.Replicas.Calls.Count == 1 ? new ScoringFault(FaultKind.ReplicaGone, "unloaded") : null;

        var (status, body) = await gateway.PostAsync("v2/models/sum/infer", Good);

        Assert.Equal(200, status);
        Assert.Contains("\"data\":[6]", body, StringComparison.Ordinal);
        Assert.Equal(["silo-1", "silo-2"], gateway.Replicas.Silos.Order());
        Assert.Empty(gateway.Replicas.BlocksOut);
    }

    private static string WithParameters(string parameters) =>
        $$"""{"parameters":{{parameters}},{{Good.Trim()[1..]}}""";
}
