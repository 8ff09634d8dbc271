using System.Net;
using ScoringCluster.DemoAssets;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>
/// The silo and the gateway as programs of their own, without the command: configured by command line and environment.
/// </summary>
public sealed class ProgramsTests : IDisposable
{
    private const string Silo = "ScoringCluster.Silo";
    private const string Gateway = "ScoringCluster.Gateway";

    /// <summary>What says where a server listens; nothing else does, and ports are free ones.</summary>
    private const string Listens = "Now listening on: ";

    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Programs_OfTwoProcesses_ScoreOverBothProtocolsAndStopCleanly()
    {
        DemoModel.Write(_folder["model"]);
        DemoImages.Write(_folder["images"], 3);
        var pictures = Directory.GetFiles(_folder["images"], "*.png", SearchOption.AllDirectories);
        var port = ClusterFixture.FreePort();

        await using var silo = Start(
            Silo,
            ["--Cluster:SiloName=silo-7", $"--Cluster:SiloPort={port}", "--Silo:HttpPort=0",
                $"--Models:Named:stripes={_folder["model"]}", "--Models:Required:0=stripes", "--Devices:Cpu:0=cpu:0=1",
                $"--State:Folder={_folder["state"]}"]);
        var probes = new Uri(await silo.WaitForError(Listens));
        await using var gateway = Start(
            Gateway,
            ["--Gateway:HttpPort=0", "--Gateway:GrpcPort=0"],
            ("SCORING__Cluster__Primary", $"127.0.0.1:{port}"));
        using var http = new HttpClient { BaseAddress = new Uri(await gateway.WaitForError(Listens)) };
        var grpc = await gateway.WaitForError(Listens, after: 1);
        await WaitUntilReady(http);

        using var answer = await http.PostAsync(
            "api/score/stripes", new ByteArrayContent(await File.ReadAllBytesAsync(pictures[0], Token)), Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("silo-7/cpu:0/stripes@1", answer.Headers.GetValues("X-Scoring-Replica").Single());
        await ScoringProcess.Run(0, ["score", .. pictures, "--model", "stripes", "--grpc", grpc]);
        using var ready = await http.GetAsync(new Uri(probes, "health/ready"), Token);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);

        Assert.Equal(0, await gateway.Terminate());
        Assert.Equal(0, await silo.Terminate());
    }

    [Theory]
    [InlineData(Silo, "--Cluster:SiloName=a/b", "Cluster:SiloName 'a/b' must be letters")]
    [InlineData(Gateway, "--Gateway:HttpPort=0", "A gateway needs Cluster:Primary")]
    public async Task Program_WithAWrongConfiguration_SaysSoAndEndsWithCode2(
        string program, string argument, string message)
    {
        await using var process = Start(program, [argument, $"--State:Folder={_folder["state"]}"]);

        Assert.Equal(2, await process.WaitForExit());
        Assert.Contains(message, process.Errors, StringComparison.Ordinal);
    }

    private static ScoringProcess Start(
        string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        ScoringProcess.StartProgram(
            ScoringProcess.ProgramOf(program, program),
            ["--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information", .. arguments], environment);

    /// <summary>As a load balancer finds it out: by its probe.</summary>
    private static async Task WaitUntilReady(HttpClient http)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(ScoringProcess.Patience);
        var status = HttpStatusCode.ServiceUnavailable;
        while (status != HttpStatusCode.OK)
        {
            using var answer = await http.GetAsync("health/ready", patience.Token);
            status = answer.StatusCode;
        }
    }
}
