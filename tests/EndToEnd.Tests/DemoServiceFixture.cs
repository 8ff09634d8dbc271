using ScoringCluster.DemoAssets;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>The service with the project's own model and pictures: what runs everywhere.</summary>
public sealed class DemoServiceFixture : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private ScoringProcess? _process;

    public string Model => _folder["model"];

    public string Images => _folder["images"];

    public string Outputs => _folder["outputs"];

    public HttpClient Http { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    /// <summary>As the line on stderr says it.</summary>
    public string Grpc { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        DemoModel.Write(Model);
        DemoImages.Write(Images, 60);
        Directory.CreateDirectory(Outputs);
        (_process, Url) = await ScoringProcess.Serve(
            ["--model", $"stripes={Model}", "--state", _folder["state"], "--input-root", Images, "--output-root",
                Outputs]);
        Http = new HttpClient { BaseAddress = Url };
        Grpc = (await _process.ErrorLine("gRPC at "))["gRPC at ".Length..];
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_process is not null)
        {
            var code = await _process.Terminate();
            await _process.DisposeAsync();
            Assert.Equal(0, code);
        }

        _folder.Dispose();
    }
}
