using System.Text.Json;
using ScoringCluster.TestKit;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>The trained ultrasound classifier on real images, held to what TensorFlow computed.</summary>
public sealed class RealImagesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Score_TheListedImages_AgreesWithTensorFlow()
    {
        var (models, data) = SharedOrSkip();
        var listed = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(models, "busi_cnn", "io", "images.json"), Token)).RootElement;
        var images = listed.GetProperty("images").EnumerateArray().ToList();
        using var folder = new TempFolder();
        var (process, url) = await ScoringProcess.Serve(
            ["--model", $"busi={models}/busi_cnn/saved_model", "--state", folder["state"]]);
        await using var disposed = process;
        using var http = new HttpClient { BaseAddress = url };

        using var body = new MultipartFormDataContent();
        foreach (var image in images)
        {
            var path = image.GetProperty("path").GetString()!;
            body.Add(new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(data, path), Token)), "file", path);
        }

        using var answer = await http.PostAsync("api/score/busi", body, Token);
        var results = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token)).RootElement
            .GetProperty("results");

        Assert.Equal(images.Count, results.GetArrayLength());
        for (var i = 0; i < images.Count; i++)
        {
            var expected = images[i].GetProperty("probabilities").EnumerateArray().Select(p => p.GetDouble()).ToList();
            var actual = results[i].GetProperty("probabilities").EnumerateObject().Select(p => p.Value.GetDouble())
                .ToList();
            Assert.Equal(expected.Count, actual.Count);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }

        Assert.Equal(0, await process.Terminate());
    }

    [Fact]
    public async Task Verify_TheFourCasesOfTheMainPath_IsOk()
    {
        var (models, _) = SharedOrSkip();
        string[] cases = ["busi_cnn", "idc_cnn", "tabular_mlp", "frozen_graph"];

        var lines = (await ScoringProcess.Run(
            0, ["model", "verify", .. cases.Select(name => Path.Combine(models, name)), "--engine", "onnx"])).Trim()
                .Split('\n');

        Assert.Equal(cases.Length, lines.Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
    }

    private static (string Models, string Data) SharedOrSkip()
    {
        if (SharedData.Models is not { } models || SharedData.Data is not { } data)
        {
            Assert.Skip("the shared models and images are not beside the project");
            throw new InvalidOperationException("unreachable");
        }

        return (models, data);
    }
}
