namespace ScoringCluster.Cli.Tests;

/// <summary>What the command line answers to wrong input: one sentence that names it, and the exit code.</summary>
[Collection(Commands.Collection)]
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cli-").FullName;

    [Theory]
    [InlineData(2, "--engine 'torch'", "serve", "--model", "a=b", "--engine", "torch")]
    [InlineData(2, "--role 'bogus' is none of all, silo, gateway.", "serve", "--role", "bogus")]
    [InlineData(2, "--role 'Silo' is none of all, silo, gateway.", "serve", "--role", "Silo")]
    [InlineData(2, "--role 'silo' is none of all, split.", "bench", "gateway", "--model", "STATE", "--role", "silo")]
    [InlineData(2, "--protocols 'soap' is none of http-binary, http-json, grpc.", "bench", "gateway", "--model",
        "STATE", "--protocols", "grpc", "soap")]
    [InlineData(1, "no native engine", "serve", "--model", "a=b", "--engine", "tensorflow")]
    [InlineData(2, "nothing to serve", "serve")]
    [InlineData(2, "There is no command 'scoring nothing'", "nothing")]
    [InlineData(2, "There is no command 'scoring model nothing'", "model", "nothing")]
    [InlineData(2, "--http-port 'abc' is no port", "serve", "--model", "a=b", "--http-port", "abc")]
    [InlineData(2, "--grpc-port '70000' is no port", "serve", "--model", "a=b", "--grpc-port", "70000")]
    [InlineData(2, "--http-port and --grpc-port are both 8090", "serve", "--model", "a=STATE", "--http-port", "8090",
        "--grpc-port", "8090", "--state", "STATE")]
    [InlineData(2, "--model names 'a' twice", "serve", "--model", "a=b", "--model", "a=c")]
    [InlineData(2, "no --model has that name", "serve", "--model", "a=b", "--manifest", "c=d")]
    [InlineData(2, "--input-root '/no/such' is no folder", "serve", "--model", "a=b", "--input-root", "/no/such")]
    [InlineData(2, "A gateway loads no models", "serve", "--role", "gateway", "--model", "a=b")]
    [InlineData(2, "A gateway needs --primary (Cluster:Primary)", "serve", "--role", "gateway", "--http-port", "0")]
    [InlineData(2, "NAME=PATH", "serve", "--model", "a")]
    [InlineData(2, "'/no/such/folder' of model 'a' does not exist", "serve", "--model", "a=/no/such/folder",
        "--http-port", "0", "--state", "STATE")]
    [InlineData(2, "--model (Models:Named) 'bad name' is no model name", "serve", "--model", "bad name=STATE",
        "--http-port", "0", "--state", "STATE")]
    [InlineData(2, "--device (Devices:Cpu) 'gpu:0' is not of the form", "serve", "--model", "a=STATE", "--device",
        "gpu:0", "--http-port", "0", "--state", "STATE")]
    [InlineData(2, "--device (Devices:Simulated:Devices) 'sim:3-2=1'", "serve", "--model", "a=STATE", "--device",
        "sim:3-2=1", "--http-port", "0", "--state", "STATE")]
    [InlineData(2, "no file or folder '/no/such/image.png'", "score", "/no/such/image.png", "--model", "a")]
    [InlineData(2, "--input", "rescore", "--model", "a", "--output", "/o")]
    [InlineData(2, "Where is model 'a'?", "rescore", "--model", "a", "--input", "/i", "--output", "/o")]
    [InlineData(2, "--input '/no/such/folder' is no folder", "rescore", "--model", "a=/m", "--input",
        "/no/such/folder", "--output", "/o")]
    [InlineData(2, "--deterministic 'no' is none of true, false.", "rescore", "--model", "a", "--input", "/i",
        "--output", "/o", "--deterministic", "no")]
    [InlineData(1, "has no case.json", "model", "verify", "STATE")]
    [InlineData(1, "saved_model.pb does not exist", "model", "inspect", "STATE")]
    [InlineData(2, "--model", "bench", "engine")]
    [InlineData(1, "saved_model.pb does not exist", "bench", "gateway", "--model", "STATE")]
    [InlineData(2, "--pairs 0", "bench", "engine", "--model", "STATE", "--pairs", "0")]
    [InlineData(2, "--pairs abc is not within 1 to 100", "bench", "engine", "--model", "STATE", "--pairs", "abc")]
    [InlineData(2, "--seconds 0 is not within 0.1 to 600", "bench", "slots", "--model", "STATE", "--seconds", "0")]
    [InlineData(2, "--starts 0 is not within 1 to 50", "bench", "start", "--model", "STATE", "--starts", "0")]
    [InlineData(2, "--load 0 is not within", "bench", "start", "--model", "STATE", "--load", "0")]
    [InlineData(2, "--large-bytes -1 is not within", "bench", "start", "--model", "STATE", "--large-bytes", "-1")]
    [InlineData(2, "--model '/no/such/folder' is no folder", "bench", "lanes", "--model", "/no/such/folder")]
    [InlineData(2, "'/no/such/folder' is no folder", "model", "inspect", "/no/such/folder")]
    [InlineData(2, "'/no/such/folder' is no folder", "model", "verify", "/no/such/folder")]
    [InlineData(2, "'/no/such/folder' of model 'a' does not exist", "rescore", "--model", "a=/no/such/folder",
        "--input", "STATE", "--output", "STATE/out")]
    [InlineData(2, "--devices 10 is no multiple of --silos 4", "bench", "scale", "--devices", "10", "--silos", "4")]
    [InlineData(2, "--callers 0 is not within", "bench", "overload", "--callers", "5", "0")]
    [InlineData(2, "--url 'nowhere'", "rescore", "--model", "a", "--input", "/i", "--output", "/o", "--url", "nowhere")]
    public async Task Run_WrongInput_IsNamedWithItsExitCode(int code, string expected, params string[] arguments)
    {
        var (actual, error) = await Commands.RunAsync(
            [.. arguments.Select(argument => argument.Replace("STATE", _folder, StringComparison.Ordinal))]);

        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal(code, actual);
    }

    [Theory]
    [InlineData("--url")]
    [InlineData("--grpc")]
    public async Task Score_NoService_SaysSo(string protocol)
    {
        var image = Path.Combine(_folder, "a.png");
        await File.WriteAllTextAsync(image, "x", TestContext.Current.CancellationToken);

        // Port 1 is reserved and nothing listens there.
        var (code, error) = await Commands.RunAsync("score", image, "--model", "a", protocol, "http://127.0.0.1:1");

        Assert.Equal(ExitCodes.Failed, code);
        Assert.Equal("The service does not answer: Connection refused (127.0.0.1:1)" + Environment.NewLine, error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
