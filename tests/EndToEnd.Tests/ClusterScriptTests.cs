using System.Diagnostics;
using ScoringCluster.DemoAssets;
using ScoringCluster.TestKit;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>The small cluster that a user starts with one command.</summary>
public sealed class ClusterScriptTests
{
    [Fact]
    public async Task Start_ThenStop_ServesPicturesOverBothProtocolsAndLeavesNothingRunning()
    {
        using var folder = new TempFolder();
        var (http, grpc) = (ClusterFixture.FreePort(), ClusterFixture.FreePort());
        (string, string)[] environment =
        [
            ("CLUSTER_DIR", folder["cluster"]), ("CLUSTER_HTTP", $"{http}"), ("CLUSTER_GRPC", $"{grpc}"),
            ("CLUSTER_SILO", $"{ClusterFixture.FreePort()}"),
        ];
        DemoModel.Write(folder["model"]);
        DemoImages.Write(folder["images"], 6);
        var pictures = Directory.GetFiles(folder["images"], "*.png", SearchOption.AllDirectories);
        try
        {
            var ready = await RunScript(environment, "start", $"stripes={folder["model"]}");
            var running = await RunScript(environment, "status");
            await ScoringProcess.Run(
                0, ["score", .. pictures, "--model", "stripes", "--url", $"http://127.0.0.1:{http}"]);
            await ScoringProcess.Run(
                0, ["score", .. pictures, "--model", "stripes", "--grpc", $"http://127.0.0.1:{grpc}"]);

            Assert.Equal($"ready http://127.0.0.1:{http} grpc http://127.0.0.1:{grpc}", ready.Trim());
            Assert.Equal(
                ["gateway", "silo-1", "silo-0"],
                running.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
        }
        finally
        {
            await RunScript(environment, "stop");
        }

        Assert.Empty(await RunScript(environment, "status"));
        Assert.Empty(Directory.GetFiles(folder["cluster"], "*.pid"));
    }

    [Fact]
    public async Task StatusAndStop_PidThatIsAStrangersByNow_KnowNobodyAndLeaveTheStrangerAlone()
    {
        using var folder = new TempFolder();
        (string, string)[] environment = [("CLUSTER_DIR", folder["cluster"])];
        Directory.CreateDirectory(folder["cluster"]);
        var file = Path.Combine(folder["cluster"], "silo-0.pid");
        using var stranger = Process.Start("sleep", ["600"]);
        try
        {
            await File.WriteAllTextAsync(file, $"{stranger.Id}\n", TestContext.Current.CancellationToken);

            Assert.Empty(await RunScript(environment, "status"));
            Assert.Empty(await RunScript(environment, "stop"));
            Assert.False(stranger.HasExited);
            Assert.False(File.Exists(file));
        }
        finally
        {
            stranger.Kill();
        }
    }

    private static async Task<string> RunScript((string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(SharedData.Root, "eng", "cluster.sh"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(ScoringProcess.Patience);
        Assert.True(process.ExitCode == 0, $"cluster.sh {arguments[0]} ended with {process.ExitCode}: {await errors}");
        return await output;
    }
}
