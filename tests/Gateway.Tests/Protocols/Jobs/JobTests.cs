using System.Text;
using System.Text.Json;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Tests.Protocols.Jobs;

public sealed class JobTests
{
    private const string Good = """{"model":"sum","input":"/in","output":"/out","id":"nightly"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static JobStatus Status { get; } = new()
    {
        JobId = "nightly",
        State = JobState.Running,
        Output = "/out",
        Model = new ModelRef("sum", 10),
        Rows = 780,
        RowsScored = 512,
        RowsBad = 1,
        Shards = 4,
        ShardsCommitted = 2,
        Submitted = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        RowsPerSecond = 123.456,
    };

    [Fact]
    public async Task Submit_Accepted_Is202WithTheJobsAddressAndStatus()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Jobs.Reply = new JobReply(null, Status);

        using var answer = await gateway.Http.PostAsync("api/jobs", new StringContent(Good), Token);

        Assert.Equal(202, (int)answer.StatusCode);
        Assert.Equal("/api/jobs/nightly", answer.Headers.Location!.ToString());
        Assert.Equal([new JobRequest("sum", null, "/in", "/out", "nightly")], gateway.Jobs.Requests);
        Assert.Equal(
            """{"jobId":"nightly","state":"running","model":"sum","version":10,"output":"/out","rows":780,"""
            + "\"rowsScored\":512,\"rowsBad\":1,\"shards\":4,\"shardsCommitted\":2,\"rowsPerSecond\":123.5,"
            + "\"submitted\":\"2026-01-02T03:04:05+00:00\"}",
            await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Submit_OfAModelWithoutManifest_SaysThatItIsAssumed()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Jobs.Reply = new JobReply(null, Status with { ManifestAssumed = true });

        using var answer = await gateway.Http.PostAsync("api/jobs", new StringContent(Good), Token);

        Assert.Contains("\"assumed\":true", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_VersionAndNoId_ArePassedOn()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Jobs.Reply = new JobReply(null, Status);

        await gateway.PostAsync("api/jobs", """{"model":"sum","version":2,"input":"/in","output":"/out","id":null}""");

        Assert.Equal([new JobRequest("sum", 2, "/in", "/out", null)], gateway.Jobs.Requests);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("null", null)]
    public async Task Submit_Deterministic_IsPassedOn(string value, bool? expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Jobs.Reply = new JobReply(null, Status);

        await gateway.PostAsync("api/jobs", Good.Replace("}", $",\"deterministic\":{value}}}"));

        Assert.Equal([new JobRequest("sum", null, "/in", "/out", "nightly", expected)], gateway.Jobs.Requests);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "model: missing; input: missing; output: missing")]
    [InlineData("""{"model":"","input":1,"output":"/o","version":"x","kind":1}""",
        "kind: no such property; there are model, version, input, output, id, deterministic; "
        + "model: a text is expected; version: a positive whole number is expected; input: a text is expected")]
    [InlineData("""{"model":"m","input":"/i","output":"/o","deterministic":"false"}""",
        "deterministic: true or false is expected")]
    [InlineData("""{"model":"m","input":"/i","output":"/o","deterministic":0}""",
        "deterministic: true or false is expected")]
    [InlineData("""{"model":"\ud800","input":"/i","output":"/o"}""", "not Unicode")]
    public async Task Submit_FaultyRequest_Is400WithEverythingThatIsWrong(string request, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.PostAsync("api/jobs", request);

        Assert.Equal(400, status);
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error").GetString()!;
        Assert.All(expected.Split("; "), part => Assert.Contains(part, error, StringComparison.Ordinal));
        Assert.Empty(gateway.Jobs.Requests);
    }

    [Fact]
    public async Task Submit_LargeRequest_Is413()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, _) = await gateway.PostAsync("api/jobs", new string(' ', 70_000) + Good);

        Assert.Equal(413, status);
    }

    [Fact]
    public async Task Submit_LargeRequestOfUnknownLength_Is413()
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/jobs");
        request.Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(new string(' ', 70_000) + Good)));
        request.Headers.TransferEncodingChunked = true;

        using var answer = await gateway.Http.SendAsync(request, Token);

        Assert.Equal(413, (int)answer.StatusCode);
        Assert.StartsWith("{\"error\":", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.PathRefused, 403)]
    [InlineData(FaultKind.JobConflict, 409)]
    [InlineData(FaultKind.ModelUnknown, 404)]
    [InlineData(FaultKind.OutputUnwritable, 400)]
    public async Task Submit_Refused_HasTheFaultsStatusAndMessage(FaultKind kind, int expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Jobs.Reply = new JobReply(new ScoringFault(kind, "set Jobs:InputRoots"), null);

        Assert.Equal((expected, """{"error":"set Jobs:InputRoots"}"""), await gateway.PostAsync("api/jobs", Good));
    }

    [Fact]
    public async Task Get_Job_IsItsStatusOr404()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var failed = Status with { State = JobState.Failed, Fault = new(FaultKind.Internal, "why") };
        gateway.Jobs.Reply = new JobReply(null, failed);

        var (status, body) = await gateway.GetAsync("api/jobs/night%20ly");
        gateway.Jobs.Reply = new JobReply(new ScoringFault(FaultKind.JobUnknown, "There is no job 'x'"), null);
        var unknown = await gateway.GetAsync("api/jobs/x");

        Assert.Equal(200, status);
        Assert.Contains("\"state\":\"failed\"", body, StringComparison.Ordinal);
        Assert.EndsWith("\"error\":\"why\"}", body, StringComparison.Ordinal);
        Assert.Equal(["night ly", "x"], gateway.Jobs.Asked);
        Assert.Equal((404, """{"error":"There is no job 'x'"}"""), unknown);
    }

    [Fact]
    public async Task List_Jobs_IsAnArrayOfThem()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Jobs.Jobs = [Status, Status with { JobId = "other", State = JobState.Succeeded }];

        var (status, body) = await gateway.GetAsync("api/jobs");

        Assert.Equal(200, status);
        Assert.Equal(
            ["nightly", "other"],
            JsonDocument.Parse(body).RootElement.EnumerateArray().Select(j => j.GetProperty("jobId").GetString()));
    }
}
