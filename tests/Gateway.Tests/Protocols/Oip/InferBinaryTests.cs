using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ScoringCluster.Gateway.Tests.Protocols.Oip;

public sealed class InferBinaryTests
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    private const string Mixed = """
        {"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}},
                   {"name":"b","datatype":"INT32","shape":[1],"data":[3]}],
         "outputs":[{"name":"twice"},{"name":"sum","parameters":{"binary_data":true}}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Infer_BinaryInAndOut_HasTheSameNumbers()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await PostAsync(
            gateway, Mixed, [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]);

        var (json, binary) = await ReadAsync(answer);
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
        var outputs = json.GetProperty("outputs");
        Assert.Equal("[6]", outputs[0].GetProperty("data").GetRawText());
        Assert.Equal(4, outputs[1].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.False(outputs[1].TryGetProperty("data", out _));
        Assert.Equal(BitConverter.GetBytes(6f), binary);
        Assert.Empty(gateway.Replicas.BlocksOut);
    }

    [Fact]
    public async Task Infer_SeveralBinaryInputs_FollowTheOrderOfTheHeader()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        const string header = """
            {"parameters":{"binary_data_output":true},
             "inputs":[{"name":"b","datatype":"INT32","shape":[1],"parameters":{"binary_data_size":4}},
                       {"name":"a","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}],
             "outputs":[{"name":"sum"},{"name":"twice","parameters":{"binary_data":false}}]}
            """;

        using var answer = await PostAsync(
            gateway, header, [.. BitConverter.GetBytes(5), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]);

        var (json, binary) = await ReadAsync(answer);
        Assert.Equal(8f, BitConverter.ToSingle(binary));
        Assert.Equal("[10]", json.GetProperty("outputs")[1].GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData(7, "inputs[a]: expected 8 bytes of binary data, the body has 7 left")]
    [InlineData(9, "inputs: 1 bytes of binary data belong to no input")]
    public async Task Infer_BinaryOfAnotherLength_IsRefused(int length, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await PostAsync(gateway, Mixed, new byte[length]);

        await RefusedAsync(answer, expected);
    }

    [Theory]
    [InlineData("[1,2]", "inputs[x]: expected 8 bytes for FP32 [1,2], got 4")]
    [InlineData("[2147483647,2147483647]", "has more elements than a tensor may have")]
    [InlineData("[2147483648,2]", "inputs[0].shape[0]: a whole number from 0 to 2147483647 is expected")]
    public async Task Infer_SizeThatIsNotTheShapes_IsRefused(string shape, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var header = $$"""
            {"inputs":[{"name":"x","datatype":"FP32","shape":{{shape}},"parameters":{"binary_data_size":4} }]}
            """;

        using var answer = await PostAsync(gateway, header, new byte[4], "echo2");

        await RefusedAsync(answer, expected);
    }

    [Fact]
    public async Task Infer_ShapeWhoseSizeWrapsAround_IsRefused()
    {
        // 2^61 elements of 8 bytes are 2^64 bytes: 0 in 64 bits.
        await using var gateway = await GatewayFixture.StartAsync();
        const string header = """
            {"inputs":[{"name":"x","datatype":"FP64","shape":[1073741824,1073741824,2],
                        "parameters":{"binary_data_size":0}}]}
            """;

        using var answer = await PostAsync(gateway, header, [], "echo3");

        await RefusedAsync(answer, "has more elements than a tensor may have");
    }

    [Theory]
    [InlineData("5000", "is 5000, the body has")]
    [InlineData("-1", "'-1' is not a number of bytes")]
    [InlineData("ten", "'ten' is not a number of bytes")]
    [InlineData("99999999999999999999", "is not a number of bytes")]
    public async Task Infer_FaultyHeaderLength_IsRefused(string length, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await PostAsync(gateway, Mixed, new byte[8], length: length);

        await RefusedAsync(answer, expected);
    }

    [Fact]
    public async Task Infer_DataGivenTwice_IsRefused()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        const string header = """
            {"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1],"parameters":{"binary_data_size":4}}]}
            """;

        using var answer = await PostAsync(gateway, header, new byte[4], "echo-Float32");

        await RefusedAsync(answer, "inputs[x].data: given twice");
    }

    [Fact]
    public async Task Infer_RawBody_IsRowsOfTheOnlyInputAndAnsweredBinary()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        byte[] body = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), .. BitConverter.GetBytes(0.1f)];

        using var answer = await PostAsync(gateway, "", body, "echo-Float32", "0");

        var (json, binary) = await ReadAsync(answer);
        Assert.Equal("[3]", json.GetProperty("outputs")[0].GetProperty("shape").GetRawText());
        Assert.Equal(body, binary);
    }

    [Fact]
    public async Task Infer_RawBodyOfATextModel_IsOneText()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await PostAsync(gateway, "", [1, 2, 255], "echo-Bytes", "0");

        var (_, binary) = await ReadAsync(answer);
        Assert.Equal([3, 0, 0, 0, 1, 2, 255], binary);
    }

    [Theory]
    [InlineData("echo-Float32", 5)]
    [InlineData("echo-Float32", 0)]
    [InlineData("echo2", 4)]
    [InlineData("sum", 4)]
    public async Task Infer_RawBodyThatIsNoRows_IsRefused(string model, int length)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await PostAsync(gateway, "", new byte[length], model, "0");

        await RefusedAsync(answer, "rows");
        Assert.Empty(gateway.Replicas.Calls);
    }

    [Theory]
    [InlineData(new byte[] { 3, 0, 0, 0, 97, 98 }, "element 0 of 1 ends past the 6 bytes given")]
    [InlineData(new byte[] { 255, 255, 255, 255, 97, 98 }, "element 0 of 1 ends past the 6 bytes given")]
    [InlineData(new byte[] { 1, 0, 0 }, "element 0 of 1 ends past the 3 bytes given")]
    [InlineData(new byte[] { 1, 0, 0, 0, 97, 98 }, "1 bytes follow the last of 1 elements")]
    public async Task Infer_TextsThatDoNotEndWhereTheySay_AreRefused(byte[] binary, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var header = $$"""
            {"inputs":[{"name":"x","datatype":"BYTES","shape":[1],
                        "parameters":{"binary_data_size":{{binary.Length}} } }]}
            """;

        using var answer = await PostAsync(gateway, header, binary, "echo-Bytes");

        await RefusedAsync(answer, expected);
    }

    [Theory]
    [InlineData("FP16", "echo-Float16")]
    [InlineData("BF16", "echo-BFloat16")]
    public async Task Infer_HalfPrecision_TravelsBinary(string type, string model)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var header = $$"""
            {"inputs":[{"name":"x","datatype":"{{type}}","shape":[1],"parameters":{"binary_data_size":2} }],
             "outputs":[{"name":"x","parameters":{"binary_data":true} }]}
            """;

        using var answer = await PostAsync(gateway, header, [0x00, 0x3E], model);

        Assert.Equal([0x00, 0x3E], (await ReadAsync(answer)).Binary);
    }

    [Theory]
    [InlineData("FP32", "echo-Float32", new byte[] { 0, 0, 192, 127 }, "null")]
    [InlineData("FP32", "echo-Float32", new byte[] { 0, 0, 128, 255 }, "null")]
    [InlineData("FP64", "echo-Float64", new byte[] { 0, 0, 0, 0, 0, 0, 240, 127 }, "null")]
    [InlineData("FP16", "echo-Float16", new byte[] { 0x00, 0x3E }, "1.5")]
    [InlineData("BF16", "echo-BFloat16", new byte[] { 0xC0, 0x3F }, "1.5")]
    public async Task Infer_BinaryInAndJsonOut_IsTheNumberOrNull(
        string type, string model, byte[] value, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var header = $$"""
            {"inputs":[{"name":"x","datatype":"{{type}}","shape":[1],
                        "parameters":{"binary_data_size":{{value.Length}} } }]}
            """;

        using var answer = await PostAsync(gateway, header, value, model);

        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.Contains($"\"data\":[{expected}]", body, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> PostAsync(
        GatewayFixture gateway, string header, byte[] binary, string model = "sum", string? length = null)
    {
        var json = Encoding.UTF8.GetBytes(header);
        using var content = new ByteArrayContent([.. json, .. binary]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add(HeaderLength, length ?? $"{json.Length}");
        return await gateway.Http.PostAsync($"v2/models/{model}/infer", content, Token);
    }

    private static async Task<(JsonElement Json, byte[] Binary)> ReadAsync(HttpResponseMessage answer)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, Encoding.UTF8.GetString(bytes));
        var length = int.Parse(answer.Headers.GetValues(HeaderLength).Single());
        Assert.Equal(bytes.Length, answer.Content.Headers.ContentLength);
        return (JsonDocument.Parse(bytes.AsMemory(0, length)).RootElement, bytes[length..]);
    }

    private static async Task RefusedAsync(HttpResponseMessage answer, string expected)
    {
        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(
            expected, JsonDocument.Parse(body).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }
}
