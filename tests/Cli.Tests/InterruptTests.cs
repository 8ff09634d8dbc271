using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using ScoringCluster.Cli.Bench;

namespace ScoringCluster.Cli.Tests;

/// <summary>What commands say and end with when the user stops them.</summary>
[Collection(Commands.Collection)]
public sealed class InterruptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cli-").FullName;
    private readonly CancellationTokenSource _interrupt = new();
    private readonly TcpListener _service = new(IPAddress.Loopback, 0);

    public InterruptTests() => _service.Start();

    private string Url => $"http://{_service.LocalEndpoint}";

    [Fact]
    public async Task Score_WhileTheServiceAnswers_IsInterrupted()
    {
        var image = Path.Combine(_folder, "a.png");
        await File.WriteAllTextAsync(image, "x", TestContext.Current.CancellationToken);

        Assert.Equal(
            (ExitCodes.Failed, "Interrupted." + Environment.NewLine),
            await RunUntilCalledAsync("score", image, "--model", "a", "--url", Url));
    }

    [Fact]
    public async Task Rescore_BeforeTheServiceTookTheJob_SaysThatItIsNotKnown()
    {
        var (code, error) = await RunUntilCalledAsync(
            "rescore", "--model", "a", "--input", _folder, "--output", Path.Combine(_folder, "out"), "--url", Url);

        Assert.Equal(ExitCodes.Failed, code);
        Assert.Equal(
            "Interrupted. The service has not said whether it takes the job." + Environment.NewLine, error);
    }

    [Fact]
    public async Task Rescore_BeforeItsOwnServiceRuns_SaysThatNoJobWasBegun()
    {
        await _interrupt.CancelAsync();
        var output = Path.Combine(_folder, "out");

        var (code, error) = await Commands.RunUntilAsync(
            ["rescore", "--model", $"a={_folder}", "--input", _folder, "--output", output], _interrupt.Token);

        Assert.Equal(ExitCodes.Failed, code);
        Assert.EndsWith($"Interrupted. No job was begun in {output}.{Environment.NewLine}", error);
        Assert.False(Path.Exists(output));
    }

    [Fact]
    public async Task Serve_BeforeItIsReady_StopsCleanly()
    {
        await _interrupt.CancelAsync();

        var (code, error) = await Commands.RunUntilAsync(
            ["serve", "--model", $"a={_folder}", "--http-port", "0", "--state", Path.Combine(_folder, "state")],
            _interrupt.Token);

        Assert.Equal(ExitCodes.Ok, code);
        Assert.EndsWith($"Interrupted.{Environment.NewLine}", error);
    }

    [Fact]
    public async Task Bench_WhoseCallsAreCutOff_IsInterrupted()
    {
        var bench = new Command("bench");
        bench.SetAction(Run);

        var (code, error) = await Commands.RunUntilAsync(new RootCommand { bench }, ["bench"], _interrupt.Token);

        Assert.Equal((ExitCodes.Failed, "Interrupted." + Environment.NewLine), (code, error));

        async Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
        {
            await _interrupt.CancelAsync();
            throw new BenchFailedException("The engine answered: The caller went away.");
        }
    }

    public void Dispose()
    {
        _service.Dispose();
        _interrupt.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Runs a command and interrupts it once it has called the service, which never answers.</summary>
    private async Task<(int Code, string Error)> RunUntilCalledAsync(params string[] arguments)
    {
        var run = Commands.RunUntilAsync(arguments, _interrupt.Token);
        using var called = await _service.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await _interrupt.CancelAsync();
        return await run;
    }
}
