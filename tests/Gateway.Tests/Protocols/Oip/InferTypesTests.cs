using System.Globalization;
using System.Text.Json;

namespace ScoringCluster.Gateway.Tests.Protocols.Oip;

/// <summary>Values through JSON, a replica that answers what it gets, and JSON again.</summary>
public sealed class InferTypesTests
{
    [Theory]
    [InlineData("Bool", "BOOL", "[true,false]", "[true,false]")]
    [InlineData("UInt8", "UINT8", "[0,255]", "[0,255]")]
    [InlineData("UInt16", "UINT16", "[0,65535]", "[0,65535]")]
    [InlineData("UInt32", "UINT32", "[0,4294967295]", "[0,4294967295]")]
    [InlineData("UInt64", "UINT64", "[0,18446744073709551615]", "[0,18446744073709551615]")]
    [InlineData("Int8", "INT8", "[-128,127]", "[-128,127]")]
    [InlineData("Int16", "INT16", "[-32768,32767]", "[-32768,32767]")]
    [InlineData("Int32", "INT32", "[-2147483648,2147483647]", "[-2147483648,2147483647]")]
    [InlineData("Int64", "INT64", "[-9223372036854775808,9223372036854775807]",
        "[-9223372036854775808,9223372036854775807]")]
    [InlineData("Float32", "FP32", "[0.1, -0, 1e-45, 3.4028235e38, 16777217]", "[0.1,-0,1E-45,3.4028235E+38,16777216]")]
    [InlineData("Float64", "FP64", "[0.1, 5e-324, 1.7976931348623157e308, 9007199254740993]",
        "[0.1,5E-324,1.7976931348623157E+308,9007199254740992]")]
    [InlineData("Bytes", "BYTES", """["grün","","a\"b","\u0041\ud83d\ude00"]""", """["grün","","a\"b","A😀"]""")]
    public async Task Infer_ValuesOfAType_ComeBackAsTheyWere(string model, string type, string data, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var count = JsonDocument.Parse(data).RootElement.GetArrayLength();

        var (status, body) = await gateway.PostAsync($"v2/models/echo-{model}/infer", $$"""
            {"inputs":[{"name":"x","datatype":"{{type}}","shape":[{{count}}],"data":{{data}}}]}
            """);

        Assert.True(status == 200, body);
        var output = JsonDocument.Parse(body).RootElement.GetProperty("outputs")[0];
        Assert.Equal(type, output.GetProperty("datatype").GetString());
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, output.GetProperty("data")), body);
    }

    [Theory]
    [InlineData("Bool", "BOOL", "1")]
    [InlineData("UInt8", "UINT8", "256")]
    [InlineData("UInt8", "UINT8", "-1")]
    [InlineData("Int8", "INT8", "128")]
    [InlineData("UInt16", "UINT16", "65536")]
    [InlineData("Int16", "INT16", "-32769")]
    [InlineData("UInt32", "UINT32", "4294967296")]
    [InlineData("Int64", "INT64", "9223372036854775808")]
    [InlineData("UInt64", "UINT64", "18446744073709551616")]
    [InlineData("Int32", "INT32", "1.0")]
    [InlineData("Float32", "FP32", "1e39")]
    [InlineData("Float64", "FP64", "1e309")]
    [InlineData("Float32", "FP32", "null")]
    [InlineData("Float32", "FP32", "true")]
    [InlineData("Bytes", "BYTES", "1")]
    public async Task Infer_ValueThatIsNoneOfItsType_IsNamed(string model, string type, string value)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.PostAsync($"v2/models/echo-{model}/infer", $$"""
            {"inputs":[{"name":"x","datatype":"{{type}}","shape":[1],"data":[{{value}}]}]}
            """);

        Assert.Equal(400, status);
        Assert.Contains("inputs[x].data[0]: expected ", body, StringComparison.Ordinal);
        Assert.Contains($"got {value}", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Float16", "FP16")]
    [InlineData("BFloat16", "BF16")]
    public async Task Infer_HalfPrecisionAsJson_IsRefused(string model, string type)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.PostAsync($"v2/models/echo-{model}/infer", $$"""
            {"inputs":[{"name":"x","datatype":"{{type}}","shape":[1],"data":[1.5]}]}
            """);

        Assert.Equal(400, status);
        Assert.Contains($"{type} travels in the binary form only", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1,2,3,4]", null)]
    [InlineData("[[1,2],[3,4]]", null)]
    [InlineData("[[1,2,3,4]]", "an array of dimension 1 has 4 entries, the shape [2,2] has 2")]
    [InlineData("[[1,2],[3]]", "an array of dimension 1 has 1 entries, the shape [2,2] has 2")]
    [InlineData("[[1,2]]", "an array of dimension 0 has 1 entries, the shape [2,2] has 2")]
    [InlineData("[1,2,[3,4]]", "values and arrays stand side by side")]
    [InlineData("[[1,2],3,4]", "a value stands 1 arrays deep, the shape [2,2] has 2 dimensions")]
    [InlineData("[[[1],[2]],[[3],[4]]]", "arrays stand 3 deep, the shape [2,2] has 2 dimensions")]
    [InlineData("[1,2,3,{}]", "values are expected, got an object")]
    [InlineData("7", "an array is expected")]
    [InlineData("{\"a\":[1]}", "an array is expected")]
    [InlineData("[]", "expected 4 elements for the shape [2,2], got 0")]
    public async Task Infer_Nesting_IsFlatOrExactlyTheShapes(string data, string? problem)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        foreach (var input in new[]
        {
            $$"""{"name":"x","datatype":"FP32","shape":[2,2],"data":{{data}}}""",
            $$"""{"data":{{data}},"name":"x","datatype":"FP32","shape":[2,2]}""",
        })
        {
            var (status, body) = await gateway.PostAsync("v2/models/echo2/infer", $$"""{"inputs":[{{input}}]}""");

            Assert.Equal(problem is null ? 200 : 400, status);
            Assert.Contains(problem ?? "\"data\":[1,2,3,4]", body, StringComparison.Ordinal);
        }

        Assert.Empty(gateway.Replicas.BlocksOut);
    }

    [Fact]
    public async Task Infer_RandomFloats_ReadBackToTheSameBits()
    {
        // Large enough that the answer is sent in several pieces.
        var random = new Random(7);
        var values = Enumerable.Range(0, 20_000)
            .Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))
            .Where(float.IsFinite).ToArray();
        await using var gateway = await GatewayFixture.StartAsync();
        var data = string.Join(',', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));

        var (_, body) = await gateway.PostAsync("v2/models/echo-Float32/infer", $$"""
            {"inputs":[{"name":"x","datatype":"FP32","shape":[{{values.Length}}],"data":[{{data}}]}]}
            """);

        var back = JsonDocument.Parse(body).RootElement.GetProperty("outputs")[0].GetProperty("data").EnumerateArray()
            .Select(v => v.GetSingle());
        Assert.Equal(values, back);
        Assert.Empty(gateway.Replicas.BlocksOut);
    }
}
