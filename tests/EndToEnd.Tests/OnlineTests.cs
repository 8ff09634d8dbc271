using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>Online calls over real HTTP, on the project's own model: three classes of drawn stripes.</summary>
public sealed class OnlineTests(DemoServiceFixture service) : IClassFixture<DemoServiceFixture>
{
    private const int Pixels = 64 * 64;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_OfALoadedService_IsReady()
    {
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync("v2/health/live", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync("v2/health/ready", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync("v2/models/stripes/ready", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await service.Http.GetAsync("v2/models/other/ready", Token)).StatusCode);
    }

    [Fact]
    public async Task Score_AtTheGrpcAddressThatIsSaid_IsAnswered()
    {
        var picture = Directory.GetFiles(service.Images, "*.png", SearchOption.AllDirectories)[0];

        var line = await ScoringProcess.Run(0, "score", picture, "--model", "stripes", "--grpc", service.Grpc);

        Assert.StartsWith(picture, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_AtTheOtherProtocolsPort_NamesTheMistake()
    {
        var picture = Directory.GetFiles(service.Images, "*.png", SearchOption.AllDirectories)[0];

        var (_, http) = await ScoringProcess.RunBoth(
            1, "score", picture, "--model", "stripes", "--url", service.Grpc);
        var (_, grpc) = await ScoringProcess.RunBoth(
            1, "score", picture, "--model", "stripes", "--grpc", service.Url.ToString());

        Assert.Equal(
            $"{new Uri(service.Grpc).Authority} is a gRPC port: --url takes the HTTP port, 8080 by default, and --grpc "
                + "this one.",
            http);
        Assert.Equal(
            $"{service.Url.Authority} is an HTTP port: --grpc takes the gRPC port, 8081 by default, and --url this "
                + "one.",
            grpc);
    }

    [Fact]
    public async Task Metadata_OfTheModel_NamesItsTensors()
    {
        var metadata = await Json(await service.Http.GetAsync("v2/models/stripes", Token));

        Assert.Equal("stripes", metadata.GetProperty("name").GetString());
        Assert.Equal("1", metadata.GetProperty("versions")[0].GetString());
        Assert.Equal("tensorflow_savedmodel", metadata.GetProperty("platform").GetString());
        Assert.Equal("FP32", metadata.GetProperty("inputs")[0].GetProperty("datatype").GetString());
        Assert.Equal("[-1,64,64,1]", metadata.GetProperty("inputs")[0].GetProperty("shape").GetRawText());
        Assert.Equal("[-1,3]", metadata.GetProperty("outputs")[0].GetProperty("shape").GetRawText());
    }

    [Fact]
    public async Task Infer_JsonAndBinary_GiveTheSameNumbers()
    {
        var name = await InputName();
        var pixels = Enumerable.Range(0, 2 * Pixels).Select(i => (i / 64 % 8 < 4) ? 1f : 0f).ToArray();

        var json = JsonSerializer.Serialize(new
        {
            id = "a",
            inputs = new[] { new { name, shape = new[] { 2, 64, 64, 1 }, datatype = "FP32", data = pixels } },
        });
        var fromJson = await Json(await service.Http.PostAsync(
            "v2/models/stripes/infer", new StringContent(json, Encoding.UTF8, "application/json"), Token));
        Assert.Equal("a", fromJson.GetProperty("id").GetString());
        var expected = fromJson.GetProperty("outputs")[0].GetProperty("data").EnumerateArray()
            .Select(x => x.GetSingle()).ToArray();
        Assert.Equal(6, expected.Length);
        Assert.Equal(1f, expected[0] + expected[1] + expected[2], 1e-5);

        var (header, floats) = await Binary(name, pixels);
        Assert.Equal(
            24, header.GetProperty("outputs")[0].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.Equal(expected, floats);
    }

    [Theory]
    [InlineData("v2/models/nothing/infer", "{}", 404, "nothing")]
    [InlineData("v2/models/stripes/versions/7/infer", "{}", 404, "7")]
    [InlineData("v2/models/stripes/infer", "{\"inputs\":[", 400, "JSON")]
    [InlineData("v2/models/stripes/infer",
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}", 400, "x")]
    public async Task Infer_FaultyRequest_IsAnsweredByNameAndStatus(string path, string body, int status, string named)
    {
        using var answer =
            await service.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);
        var text = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(
            named, JsonDocument.Parse(text).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_DrawnPictures_AreToldApart()
    {
        var files = Directory.GetFiles(service.Images, "*.png", SearchOption.AllDirectories);
        using var body = new MultipartFormDataContent();
        foreach (var file in files)
        {
            body.Add(new ByteArrayContent(await File.ReadAllBytesAsync(file, Token)), "file",
                Path.GetRelativePath(service.Images, file));
        }

        var answer = await Json(await service.Http.PostAsync("api/score/stripes", body, Token));

        var results = answer.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(files.Length, results.Count);
        var right = results.Count(r => r.GetProperty("file").GetString()!.StartsWith(
            r.GetProperty("class").GetString()!, StringComparison.Ordinal));
        Assert.True(right >= 0.95 * files.Length, $"{right} of {files.Length} pictures were told apart");
    }

    [Fact]
    public async Task Score_OneFaultyPicture_FailsAlone()
    {
        var good = Directory.GetFiles(service.Images, "*.png", SearchOption.AllDirectories)[0];
        using var body = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(good, Token)), "file", "good.png" },
            { new ByteArrayContent("no image"u8.ToArray()), "file", "bad.png" },
        };

        var answer = await Json(await service.Http.PostAsync("api/score/stripes", body, Token));

        var results = answer.GetProperty("results");
        Assert.Equal(JsonValueKind.Object, results[0].GetProperty("probabilities").ValueKind);
        Assert.Equal("bad.png", results[1].GetProperty("file").GetString());
        Assert.NotEqual("", results[1].GetProperty("error").GetString());
    }

    [Fact]
    public async Task Score_RawBodyThatIsNoImage_Is400WithTheSameBody()
    {
        using var answer = await service.Http.PostAsync("api/score/stripes", new ByteArrayContent([1, 2, 3]), Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token)).RootElement;
        Assert.Equal("image", body.GetProperty("results")[0].GetProperty("file").GetString());
    }

    [Fact]
    public async Task Metrics_AfterCalls_CountThem()
    {
        await Infer_JsonAndBinary_GiveTheSameNumbers();
        var page = await service.Http.GetStringAsync("metrics", Token);

        Assert.Contains("scoring_requests", page, StringComparison.Ordinal);
        Assert.Contains("scoring_batch_rows", page, StringComparison.Ordinal);
        Assert.Contains("scoring_execute_duration", page, StringComparison.Ordinal);
    }

    private async Task<string> InputName() =>
        (await Json(await service.Http.GetAsync("v2/models/stripes", Token))).GetProperty("inputs")[0]
            .GetProperty("name").GetString()!;

    private async Task<(JsonElement Header, float[] Values)> Binary(string name, float[] pixels)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new
        {
            inputs = new[]
            {
                new
                {
                    name,
                    shape = new[] { 2, 64, 64, 1 },
                    datatype = "FP32",
                    parameters = new { binary_data_size = pixels.Length * 4 },
                },
            },
            parameters = new { binary_data_output = true },
        });
        var body = new byte[header.Length + (pixels.Length * 4)];
        header.CopyTo(body, 0);
        for (var i = 0; i < pixels.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(body.AsSpan(header.Length + (i * 4)), pixels[i]);
        }

        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", $"{header.Length}");
        using var answer = await service.Http.PostAsync("v2/models/stripes/infer", content, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var bytes = await answer.Content.ReadAsByteArrayAsync(Token);
        var length = int.Parse(answer.Headers.TryGetValues("Inference-Header-Content-Length", out var values)
            ? values.Single()
            : answer.Content.Headers.GetValues("Inference-Header-Content-Length").Single());
        var floats = Enumerable.Range(0, (bytes.Length - length) / 4)
            .Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(length + (i * 4)))).ToArray();
        return (JsonDocument.Parse(bytes.AsMemory(0, length)).RootElement, floats);
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
