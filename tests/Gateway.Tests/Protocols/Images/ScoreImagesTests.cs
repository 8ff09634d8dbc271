using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Gateway.Tests.Protocols.Images;

public sealed class ScoreImagesTests
{
    private const string Manifest = """
        {"format":1,"task":"classification","classes":["light","dark"],
         "input":{"kind":"image","tensor":"pixels","height":2,"width":2,"channels":1,"resize":"bilinear",
                  "scale":0.00392156862745098},
         "output":{"tensor":"scores","kind":"probabilities"}}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Score_RawBody_IsOneImageNamedImage()
    {
        await using var gateway = await GatewayFixture.StartAsync(table: WithManifest(Manifest));
        using var content = new ByteArrayContent(TestPictures.Grey(255));

        using var answer = await gateway.Http.PostAsync("api/score/picture", content, Token);

        Assert.Equal(
            """{"model":"picture","version":"2","results":[{"file":"image","class":"light","probabilities":"""
            + """{"light":1,"dark":0}}]}""",
            await answer.Content.ReadAsStringAsync(Token));
        Assert.True(answer.Headers.Contains("Server-Timing"));
        Assert.Empty(gateway.Replicas.BlocksOut);
    }

    [Fact]
    public async Task Score_WithoutManifest_SaysThatItIsAssumedAndLogsItOnce()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, json) = await PostAsync(gateway, "api/score/picture?version=1", [("x.bmp", TestPictures.Grey(0))]);
        await PostAsync(gateway, "api/score/picture?version=1", [("x.bmp", TestPictures.Grey(0))]);

        Assert.Equal(200, status);
        Assert.True(json.GetProperty("assumed").GetBoolean());
        Assert.Equal("1", json.GetProperty("results")[0].GetProperty("class").GetString());
        Assert.Single(gateway.Logs.Lines, line => line.Contains("picture@1 has no manifest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Score_FaultyImage_FailsAloneAndOrderIsKept()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        (string, byte[])[] images =
        [
            .. Enumerable.Range(0, 40).Select(i =>
                ($"{i}.bmp", i % 3 == 1 ? Encoding.UTF8.GetBytes("no image") : TestPictures.Grey((byte)(6 * i)))),
        ];

        var (status, json) = await PostAsync(gateway, "api/score/picture", images);

        Assert.Equal(200, status);
        var results = json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(images.Select(i => i.Item1), results.Select(r => r.GetProperty("file").GetString()));
        for (var i = 0; i < results.Count; i++)
        {
            Assert.Equal(i % 3 == 1, results[i].TryGetProperty("error", out _));
            if (i % 3 != 1)
            {
                var score = results[i].GetProperty("probabilities").GetProperty("0").GetSingle();
                Assert.Equal(6 * i / 255f, score, 1e-5f);
            }
        }

        Assert.Empty(gateway.Replicas.BlocksOut);
    }

    [Fact]
    public async Task Score_ManyImages_TravelInBatchesTheReplicaTakes()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var images = Enumerable.Range(0, 30).Select(i => ($"{i}", TestPictures.Grey(1))).ToArray();

        await PostAsync(gateway, "api/score/picture", images);

        var rows = gateway.Replicas.Calls.Select(call => int.Parse(call.Split(' ')[2])).ToList();
        Assert.Equal(30, rows.Sum());
        Assert.All(rows, count => Assert.InRange(count, 1, 4));
    }

    [Fact]
    public async Task Score_AllFaulty_Is400WithTheSameBody()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, json) = await PostAsync(gateway, "api/score/picture", [("a", [1, 2, 3]), ("b", [])]);

        Assert.Equal(400, status);
        Assert.Equal("picture", json.GetProperty("model").GetString());
        var results = json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(["a", "b"], results.Select(r => r.GetProperty("file").GetString()));
        Assert.All(results, r => Assert.NotEmpty(r.GetProperty("error").GetString()!));
        Assert.Empty(gateway.Replicas.Calls);
    }

    [Theory]
    [InlineData(FaultKind.Overloaded, 503)]
    [InlineData(FaultKind.DeadlineExceeded, 504)]
    [InlineData(FaultKind.ModelFailed, 500)]
    public async Task Score_FaultOfTheReplica_IsTheWholeAnswer(FaultKind kind, int expected)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Replicas.Fault = _ => new ScoringFault(kind, "why") { RetryAfter = TimeSpan.FromSeconds(3) };

        var (status, json) = await PostAsync(gateway, "api/score/picture", [("a", TestPictures.Grey(1))]);

        Assert.Equal(expected, status);
        Assert.Equal("why", json.GetProperty("error").GetString());
        Assert.Empty(gateway.Replicas.BlocksOut);
    }

    [Theory]
    [InlineData("api/score/none", 404, "There is no model 'none'")]
    [InlineData("api/score/picture?version=9", 404, "has no version '9'")]
    [InlineData("api/score/failed", 503, "it is corrupt")]
    [InlineData("api/score/echo2", 400, "does not take images")]
    public async Task Score_ModelThatCannot_IsSaid(string path, int expected, string message)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var (status, json) = await PostAsync(gateway, path, [("a", TestPictures.Grey(1))]);

        Assert.Equal(expected, status);
        Assert.Contains(message, json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_BrokenManifest_IsSaid()
    {
        await using var gateway = await GatewayFixture.StartAsync(table: WithManifest("""{"format":7}"""));

        var (status, json) = await PostAsync(gateway, "api/score/picture", [("a", TestPictures.Grey(1))]);

        Assert.Equal(400, status);
        Assert.Contains("format", json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_MoreImagesThanARequestTakes_Is413()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var images = Enumerable.Range(0, Limits.ImagesPerRequestMax + 1).Select(i => ($"{i}", new byte[1])).ToArray();

        var (status, json) = await PostAsync(gateway, "api/score/picture", images);

        Assert.Equal(413, status);
        Assert.Contains($"at most {Limits.ImagesPerRequestMax} images", json.GetProperty("error").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_AnyOutcome_HoldsNoBodyAfterwards()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        await PostAsync(gateway, "api/score/picture", [("a", TestPictures.Grey(1))]);
        await PostAsync(gateway, "api/score/picture", [("a", [])]);

        Assert.Equal(0, gateway.Services.GetRequiredService<InFlightBytes>().Held);
    }

    private static RouteTable WithManifest(string manifest)
    {
        var entry = TestModels.Entry("picture", 2, TestModels.Picture);
        return TestModels.Table(1, entry with { Replicas = [entry.Replicas[0] with { ManifestJson = manifest }] });
    }

    private static async Task<(int Status, JsonElement Json)> PostAsync(
        GatewayFixture gateway, string path, (string File, byte[] Bytes)[] images)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (file, bytes) in images)
        {
            var part = new ByteArrayContent(bytes);
            part.Headers.ContentType = new MediaTypeHeaderValue("image/bmp");
            form.Add(part, "images", file);
        }

        using var answer = await gateway.Http.PostAsync(path, form, Token);
        var body = await answer.Content.ReadAsStringAsync(Token);
        return ((int)answer.StatusCode, JsonDocument.Parse(body).RootElement);
    }
}
