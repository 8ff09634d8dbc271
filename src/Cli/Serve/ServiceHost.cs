using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScoringCluster.Gateway;
using ScoringCluster.ServiceDefaults;
using ScoringCluster.Silo;

namespace ScoringCluster.Cli.Serve;

/// <summary>The whole service in this process: gateway and silo.</summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    private static readonly TimeSpan _readyCheck = TimeSpan.FromMilliseconds(20);

    private readonly WebApplication _app;
    private bool _started;

    private ServiceHost(WebApplication app) => _app = app;

    /// <summary>Where it listens, the real port included.</summary>
    public Uri Url =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts and waits until the required models can be called.</summary>
    /// <exception cref="CommandException">A required model cannot be loaded.</exception>
    public static async Task<ServiceHost> StartAsync(ServiceSettings settings, CancellationToken cancellationToken)
    {
        var builder = WebApplication
            .CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = Environment.CurrentDirectory });
        builder.Configuration.AddEnvironmentVariables("SCORING__").AddInMemoryCollection(settings.ToConfiguration());
        builder.AddScoringServiceDefaults();
        builder.AddScoringSilo();
        builder.AddScoringGateway();

        var app = builder.Build();
        app.MapScoringServiceDefaults();
        app.MapScoringGateway();
        var host = new ServiceHost(app);
        try
        {
            await app.StartAsync(cancellationToken);
            host._started = true;
            await host.WaitUntilReadyAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Until SIGTERM or Ctrl-C.</summary>
    public Task WaitForStopAsync() => _app.WaitForShutdownAsync();

    /// <summary>Set when the process is asked to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    public async ValueTask DisposeAsync()
    {
        // A host whose options were refused never started, and has nothing to stop.
        if (_started)
        {
            await _app.StopAsync();
        }

        await _app.DisposeAsync();
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Stopping);
        using var timer = new PeriodicTimer(_readyCheck);
        while (!_app.Services.IsGatewayReady())
        {
            if (_app.Services.GatewayFailures() is { Count: > 0 } failures)
            {
                throw new CommandException(string.Join(Environment.NewLine, failures));
            }

            await timer.WaitForNextTickAsync(stop.Token);
        }
    }
}
