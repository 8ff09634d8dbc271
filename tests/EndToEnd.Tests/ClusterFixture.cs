using System.Net;
using System.Net.Sockets;
using ScoringCluster.DemoAssets;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>Two silos and a gateway, each a process, with the project's own model.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly int _siloPort = FreePort();
    private readonly Dictionary<string, ScoringProcess> _silos = [];
    private ScoringProcess? _gateway;

    public string Images => _folder["images"];

    public string Outputs => _folder["outputs"];

    /// <summary>A silo's port for clients that are no members.</summary>
    public int ClientPort { get; } = FreePort();

    public Uri Http { get; private set; } = null!;

    public Uri Grpc { get; private set; } = null!;

    public string Primary => $"127.0.0.1:{_siloPort}";

    public async ValueTask InitializeAsync()
    {
        DemoModel.Write(_folder["model"]);
        DemoImages.Write(Images, 30);
        Directory.CreateDirectory(Outputs);
        await StartSilo("silo-0");
        await StartSilo("silo-1");
        (_gateway, Http, var grpc) = await ScoringProcess.ServeBoth(["--role", "gateway", "--primary", Primary]);
        Grpc = grpc!;
    }

    public async Task StartSilo(string name)
    {
        string[] place = name == "silo-0" ? ["--silo-port", $"{_siloPort}"] : ["--primary", Primary];
        (string, string)[] environment =
            name == "silo-0" ? [("SCORING__Cluster__ClientPort", $"{ClientPort}")] : [];
        var (process, _, _) = await ScoringProcess.ServeBoth(
            ["--role", "silo", "--silo-name", name, .. place, "--model", $"stripes={_folder["model"]}",
                "--device", "cpu:0=1", "--device", "cpu:1=1", "--state", _folder["state"],
                "--input-root", Images, "--output-root", Outputs],
            environment);
        _silos[name] = process;
    }

    public async Task StopSilo(string name)
    {
        var process = _silos[name];
        _silos.Remove(name);
        Assert.Equal(0, await process.Terminate());
        await process.DisposeAsync();
    }

    public async Task KillSilo(string name)
    {
        var process = _silos[name];
        _silos.Remove(name);
        await process.Kill();
        await process.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // The first silo keeps the members' list: it goes last.
        var processes = _silos.OrderByDescending(silo => silo.Key).Select(silo => silo.Value).Prepend(_gateway!);
        foreach (var process in processes.OfType<ScoringProcess>())
        {
            var code = await process.Terminate();
            await process.DisposeAsync();
            Assert.Equal(0, code);
        }

        _folder.Dispose();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
