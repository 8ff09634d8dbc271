using System.CommandLine;
using Microsoft.Extensions.Configuration;
using ScoringCluster.Cli.Serve;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Cli.Tests.Serve;

/// <summary>What the flags of <c>scoring serve</c> come to in the options of the service.</summary>
public sealed class ServeOptionsTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _model = Directory.CreateTempSubdirectory("serve-model-").FullName;
    private readonly string _state = Directory.CreateTempSubdirectory("serve-state-").FullName;

    public void Dispose()
    {
        Directory.Delete(_model, recursive: true);
        Directory.Delete(_state, recursive: true);
    }

    [Theory]
    [InlineData(8081)]
    [InlineData(8081, "--http-port", "9000")]
    [InlineData(0, "--http-port", "0")]
    [InlineData(-1, "--grpc-port", "-1")]
    [InlineData(-1, "--http-port", "0", "--grpc-port", "-1")]
    [InlineData(9001, "--http-port", "0", "--grpc-port", "9001")]
    public void Read_GrpcPort_IsFreeWhereHttpIsUnlessItIsNamed(int expected, params string[] arguments) =>
        Assert.Equal(expected, GatewayOf(Read(arguments)).GrpcPort);

    [Fact]
    public async Task Start_HttpPortZero_ListensForGrpcOnAFreePort()
    {
        await using var host = await StartAsync();

        Assert.NotNull(host.GrpcUrl);
        Assert.DoesNotContain(new Uri(host.GrpcUrl).Port, new[] { 0, 8081, new Uri(host.HttpUrl).Port });
    }

    [Fact]
    public async Task Start_GrpcPortMinusOne_ListensForNone()
    {
        await using var host = await StartAsync("--grpc-port", "-1");

        Assert.Null(host.GrpcUrl);
    }

    private static ServiceSettings Read(params string[] arguments)
    {
        var options = new ServeOptions();
        var command = new Command("serve");
        options.AddTo(command);
        var parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return options.Read(parsed);
    }

    /// <summary>With the default of the option where the flags leave it alone.</summary>
    private static GatewayOptions GatewayOf(ServiceSettings settings)
    {
        var options = new GatewayOptions();
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToConfiguration()).Build()
            .GetSection(GatewayOptions.Section).Bind(options);
        return options;
    }

    private Task<ServiceHost> StartAsync(params string[] arguments) => ServiceHost.StartAsync(
        Read(["--http-port", "0", "--model", $"m={_model}", "--device", "sim:0=1", "--state", _state,
            .. arguments]),
        TestContext.Current.CancellationToken).WaitAsync(_patience, TestContext.Current.CancellationToken);
}
