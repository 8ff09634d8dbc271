using System.Text.Json;

namespace ScoringCluster.Gateway.Tests.Protocols.Oip;

public sealed class MetadataTests
{
    [Fact]
    public async Task Server_NamesItselfAndOnlyWhatWorks()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.GetAsync("v2");

        Assert.Equal(200, status);
        var json = JsonDocument.Parse(body).RootElement;
        Assert.Equal("scoringcluster", json.GetProperty("name").GetString());
        Assert.Matches(@"\A\d+\.\d+\.\d+\z", json.GetProperty("version").GetString()!);
        Assert.Equal("""["binary_tensor_data"]""", json.GetProperty("extensions").GetRawText());
    }

    [Theory]
    [InlineData("v2/models/sum")]
    [InlineData("v2/models/sum/versions/2")]
    [InlineData("v2/models/%73um")]
    public async Task Model_ListsVersionsAndTheDefaultSignature(string path)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.GetAsync(path);

        Assert.Equal(200, status);
        Assert.Equal(
            """{"name":"sum","versions":["2","10","11"],"platform":"tensorflow_savedmodel","inputs":["""
            + """{"name":"a","datatype":"FP32","shape":[-1,2]},"""
            + """{"name":"b","datatype":"INT32","shape":[-1]}],"outputs":["""
            + """{"name":"sum","datatype":"FP32","shape":[-1]},"""
            + """{"name":"twice","datatype":"INT32","shape":[-1]}],"""
            + "\"properties\":{\"digest\":\"sum\",\"engine\":\"\"}}",
            body);
    }

    [Fact]
    public async Task Model_NamedSignature_IsShown()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (_, body) = await gateway.GetAsync("v2/models/sum?signature_name=other");
        var (status, error) = await gateway.GetAsync("v2/models/sum?signature_name=none");

        Assert.Contains("""
            "inputs":[{"name":"a","datatype":"FP32","shape":[-1,2]}],
            """, body, StringComparison.Ordinal);
        Assert.Equal(400, status);
        Assert.Contains("has no signature 'none'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v2/models/sum/ready", 200)]
    [InlineData("v2/models/sum/versions/2/ready", 200)]
    [InlineData("v2/models/sum/versions/11/ready", 503)]
    [InlineData("v2/models/failed/ready", 503)]
    [InlineData("v2/models/none/ready", 404)]
    [InlineData("v2/models/none", 404)]
    [InlineData("v2/models/sum/versions/3", 404)]
    public async Task Model_ThatCannotBeCalled_HasTheStatusThatSaysSo(string path, int expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, body) = await gateway.GetAsync(path);

        Assert.Equal(expected, status);
        Assert.Equal(expected == 200, body.Length == 0);
    }
}
