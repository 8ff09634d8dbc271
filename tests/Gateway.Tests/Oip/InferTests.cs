using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Tests.Oip;

public sealed class InferTests
{
    private const string Good = """
        {"id":"7","inputs":[
          {"name":"b","datatype":"INT32","shape":[2],"data":[10,20]},
          {"data":[[1,2],[3.5,4]],"shape":[2,2],"datatype":"FP32","name":"a"}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Infer_NestedAndFlatDataInAnyOrder_IsScored()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await Post(gateway, "v2/models/sum/infer", Good);

        Assert.Equal(200, status);
        Assert.Equal(
            """{"model_name":"sum","model_version":"10","id":"7","outputs":["""
            + """{"name":"sum","datatype":"FP32","shape":[2],"data":[13,27.5]},"""
            + """{"name":"twice","datatype":"INT32","shape":[2],"data":[20,40]}]}""",
            body);
        Assert.Equal(["sum@10 rows 2 a FP32[2,2] b INT32[2]"], gateway.Calls);
    }

    [Fact]
    public async Task Infer_RequestedOutputs_ComeAloneAndInTheOrderAskedFor()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var request = Good.TrimEnd()[..^1] + ""","outputs":[{"name":"twice"}]}""";

        var (_, body) = await Post(gateway, "v2/models/sum/versions/2/infer", request);

        using var json = JsonDocument.Parse(body);
        Assert.Equal("2", json.RootElement.GetProperty("model_version").GetString());
        Assert.Equal(
            "twice", Assert.Single(json.RootElement.GetProperty("outputs").EnumerateArray()).GetProperty("name")
            .GetString());
    }

    [Fact]
    public async Task Infer_EverythingWrong_IsListedAtOnceWithExpectedAndGot()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        const string request = """
            {"inputs":[
              {"name":"a","datatype":"FP64","shape":[2,3],"data":[1,2,3,4,5,6]},
              {"name":"c","datatype":"FP32","shape":[1],"data":[1]}],
             "outputs":[{"name":"nothing"}]}
            """;

        var (status, body) = await Post(gateway, "v2/models/sum/infer", request);

        Assert.Equal(400, status);
        string[] expected =
        [
            "outputs[nothing]", "inputs[c]", "inputs[a].datatype: expected FP32, got FP64",
            "inputs[a].shape: expected [-1,2], got [2,3]", "inputs[b]: missing",
        ];
        Assert.All(expected, part => Assert.Contains(part, body, StringComparison.Ordinal));
        Assert.Empty(gateway.Calls);
    }

    [Theory]
    [InlineData("""{"name":"b","datatype":"INT32","shape":[2],"data":[1]}""",
        "expected 2 elements for the shape [2], got 1")]
    [InlineData("""{"name":"b","datatype":"INT32","shape":[2],"data":[1,2,3]}""",
        "expected 2 elements for the shape [2], got 3")]
    [InlineData("""{"name":"b","datatype":"INT32","shape":[2],"data":[1,2.5]}""",
        "inputs[b].data[1]: expected INT32, got 2.5")]
    [InlineData("""{"name":"b","datatype":"INT32","shape":[2],"data":[1,"x"]}""",
        "inputs[b].data[1]: expected INT32, got x")]
    [InlineData("""{"name":"b","datatype":"INT32","shape":[2],"data":[1,3000000000]}""",
        "expected INT32, got 3000000000")]
    [InlineData("""{"name":"b","datatype":"INT32","shape":[2],"data":[[1,2]]}""", "arrays stand 2 deep")]
    [InlineData("""{"name":"b","datatype":"INT32","shape":[3],"data":[1,2,3]}""", "differ in their number of rows")]
    [InlineData("""{"name":"b","datatype":"INT32","shape":[2]}""", "inputs[b].data: missing")]
    public async Task Infer_FaultyData_IsNamedByTensorAndElement(string input, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var request = $$"""{"inputs":[{"name":"a","datatype":"FP32","shape":[2,2],"data":[1,2,3,4]},{{input}}]}""";

        var (status, body) = await Post(gateway, "v2/models/sum/infer", request);

        Assert.Equal(400, status);
        Assert.Contains(
            expected, JsonDocument.Parse(body).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_BinaryInAndOut_HasTheSameNumbers()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        const string header = """
            {"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}},
                       {"name":"b","datatype":"INT32","shape":[1],"data":[3]}],
             "outputs":[{"name":"twice"},{"name":"sum","parameters":{"binary_data":true}}]}
            """;

        using var answer =
            await PostBinary(gateway, header, [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]);

        var bytes = await answer.Content.ReadAsByteArrayAsync(Token);
        var length = int.Parse(answer.Headers.GetValues("Inference-Header-Content-Length").Single());
        Assert.Contains("\"data\":[6]", Encoding.UTF8.GetString(bytes, 0, length), StringComparison.Ordinal);
        Assert.Equal(BitConverter.GetBytes(6f), bytes[length..]);
    }

    [Theory]
    [InlineData(7, "expected 8 bytes of binary data, the body has 7 left")]
    [InlineData(9, "1 bytes of binary data belong to no input")]
    public async Task Infer_BinaryOfAnotherLength_IsRefused(int length, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        const string header = """
            {"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}},
                       {"name":"b","datatype":"INT32","shape":[1],"data":[3]}]}
            """;

        using var answer = await PostBinary(gateway, header, new byte[length]);

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.Overloaded, 503)]
    [InlineData(FaultKind.DeadlineExceeded, 504)]
    [InlineData(FaultKind.ModelFailed, 500)]
    public async Task Infer_FaultOfTheReplica_HasItsStatus(FaultKind kind, int expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Fault = new ScoringFault(kind, "why") { RetryAfter = TimeSpan.FromMilliseconds(1500) };

        using var answer = await gateway.Http.PostAsync("v2/models/sum/infer", new StringContent(Good), Token);

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal("""{"error":"why"}""", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(expected == 503, answer.Headers.Contains("Retry-After"));
        if (expected == 503)
        {
            Assert.Equal("2", answer.Headers.GetValues("Retry-After").Single());
            Assert.Equal("1500", answer.Headers.GetValues("Retry-After-Ms").Single());
        }
    }

    [Theory]
    [InlineData("v2/models/none/infer", 404, "There is no model 'none'")]
    [InlineData("v2/models/sum/versions/3/infer", 404, "it has 2, 10")]
    [InlineData("v2/models/failed/infer", 503, "saved_model.pb is corrupt")]
    [InlineData("v2/models/sum/other", 404, "Not Found")]
    public async Task Infer_WrongPlace_IsSaid(string path, int status, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (actual, body) = await Post(gateway, path, Good);

        Assert.Equal(status, actual);
        Assert.Contains(expected, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_WrongVerb_Is405AsJson()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await gateway.Http.GetAsync("v2/models/sum/infer", Token);

        Assert.Equal(405, (int)answer.StatusCode);
        Assert.Equal("""{"error":"Method Not Allowed"}""", await answer.Content.ReadAsStringAsync(Token));
    }

    private static async Task<(int Status, string Body)> Post(GatewayFixture gateway, string path, string body)
    {
        using var answer = await gateway.Http.PostAsync(path, new StringContent(body), Token);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    private static async Task<HttpResponseMessage> PostBinary(GatewayFixture gateway, string header, byte[] binary)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var content = new ByteArrayContent([.. json, .. binary]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");
        return await gateway.Http.PostAsync("v2/models/sum/infer", content, Token);
    }
}
