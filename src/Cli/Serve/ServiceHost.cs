using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScoringCluster.Gateway;
using ScoringCluster.ServiceDefaults;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Health;
using ScoringCluster.ServiceDefaults.Hosting;
using ScoringCluster.Silo;

namespace ScoringCluster.Cli.Serve;

/// <summary>The service, or the part of it that the role names, in this process.</summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    private static readonly TimeSpan _readyCheck = TimeSpan.FromMilliseconds(10);

    private readonly WebApplication _app;
    private bool _started;

    private ServiceHost(WebApplication app) => _app = app;

    /// <summary>Where it listens for HTTP, the real port included.</summary>
    public string HttpUrl => _app.Urls.First();

    /// <summary>Where it listens for gRPC; null where it does not.</summary>
    public string? GrpcUrl => _app.Urls.Skip(1).FirstOrDefault();

    /// <summary>Set when the process is asked to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Starts and waits until the required models can be called.</summary>
    /// <exception cref="CommandException">A required model cannot be loaded.</exception>
    public static async Task<ServiceHost> StartAsync(ServiceSettings settings, CancellationToken cancellationToken)
    {
        var host = new ServiceHost(Build(settings));
        try
        {
            FreePorts.Require(host._app.Configuration, settings.Role);
            await host._app.StartAsync(cancellationToken);
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

    public async ValueTask DisposeAsync()
    {
        // A host whose options were refused never started, and has nothing to stop.
        if (_started)
        {
            await _app.StopAsync();
        }

        await _app.DisposeAsync();
    }

    private static WebApplication Build(ServiceSettings settings)
    {
        var builder = ScoringProgram.CreateBuilder(settings.Role);
        builder.Configuration.AddInMemoryCollection(settings.ToConfiguration());
        if (settings.Role != ClusterRole.Gateway && !NamesModels(builder.Configuration))
        {
            throw new CommandException(
                "There is nothing to serve: give --model NAME=SAVED_MODEL_DIR or --models REPOSITORY.",
                ExitCodes.Usage);
        }

        builder.AddScoringServiceDefaults();
        if (settings.Quiet)
        {
            // After the defaults: of two rules for a category the later one counts.
            builder.Logging.AddFilter("ScoringCluster", LogLevel.Warning);
        }

        if (settings.Role != ClusterRole.Gateway)
        {
            builder.AddScoringSilo();
        }

        if (settings.Role == ClusterRole.Silo)
        {
            builder.ListenForProbes();
        }
        else
        {
            builder.AddScoringGateway();
        }

        var app = builder.Build();
        app.MapScoringServiceDefaults();
        if (settings.Role != ClusterRole.Silo)
        {
            app.MapScoringGateway();
        }

        return app;
    }

    /// <summary>On the command line, in the environment or in <c>appsettings.json</c>.</summary>
    private static bool NamesModels(ConfigurationManager configuration) =>
        configuration["Models:Repository"] is not null || configuration.GetSection("Models:Named").GetChildren().Any();

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        var readiness = _app.Services.GetRequiredService<Readiness>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Stopping);
        using var timer = new PeriodicTimer(_readyCheck);
        while (!readiness.IsReady)
        {
            if (readiness.Failures is { Count: > 0 } failures)
            {
                throw new CommandException(string.Join(Environment.NewLine, failures));
            }

            await timer.WaitForNextTickAsync(stop.Token);
        }
    }
}
