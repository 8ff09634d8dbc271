using ScoringCluster.DemoAssets;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>What the program leaves where nobody asked it to.</summary>
public sealed class PrivacyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_WithAnEmptyHome_LeavesItEmpty()
    {
        DemoModel.Write(_folder["model"]);
        Directory.CreateDirectory(_folder["home"]);

        await using var process = ScoringProcess.Start(
            ["model", "inspect", _folder["model"]],
            ("HOME", _folder["home"]), ("XDG_CACHE_HOME", _folder["home"]), ("ORT_DISABLE_TELEMETRY", ""));

        Assert.Equal(0, await process.WaitForExit());
        Assert.Empty(Directory.GetFiles(_folder["home"], "*", SearchOption.AllDirectories));
    }
}
