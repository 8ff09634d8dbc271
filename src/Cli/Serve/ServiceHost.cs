using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
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
    private readonly CancellationTokenRegistration _stop;
    private bool _started;
    private volatile bool _ready;

    private ServiceHost(WebApplication app, CancellationToken stop)
    {
        _app = app;
        _stop = stop.Register(app.Lifetime.StopApplication);
        Stopping = app.Lifetime.ApplicationStopping;
    }

    /// <summary>Where it listens for HTTP, the real port included.</summary>
    public string HttpUrl => _app.Urls.First();

    /// <summary>Where it listens for gRPC; null where it does not.</summary>
    public string? GrpcUrl => _app.Urls.Skip(1).FirstOrDefault();

    /// <summary>Set when the service is asked to stop, or a part of it fails.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Starts and waits until the required models can be called.</summary>
    /// <param name="cancellationToken">Stops the service, also later.</param>
    /// <exception cref="CommandException">A required model cannot be loaded.</exception>
    public static async Task<ServiceHost> StartAsync(ServiceSettings settings, CancellationToken cancellationToken)
    {
        ServiceHost? host = null;
        host = new ServiceHost(
            Build(settings, () => host is { _ready: false } && cancellationToken.IsCancellationRequested),
            cancellationToken);
        try
        {
            FreePorts.Require(host._app.Configuration, settings.Role);
            await host._app.StartAsync(cancellationToken);
            host._started = true;
            await host.WaitUntilReadyAsync(cancellationToken);
            host._ready = true;
            host._app.Services.GetServices<ConsoleFormatter>().OfType<StartConsole>().Single().Release();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Until it is asked to stop.</summary>
    public Task WaitForStopAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.DisposeAsync();
        if (!_started)
        {
            await _app.AbandonAsync();
            return;
        }

        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <param name="isCutOff">True once the user has stopped a start that goes on.</param>
    private static WebApplication Build(ServiceSettings settings, Func<bool> isCutOff)
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
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();

        builder.Logging.AddConsoleFormatter<StartConsole, ConsoleFormatterOptions>();
        builder.Services.Configure<ConsoleLoggerOptions>(
            console => console.FormatterName = StartConsole.FormatterName);

        // A silo tells of a start that is cut off in stack traces.
        builder.Logging.AddFilter("Orleans", level => level >= LogLevel.Warning && !isCutOff());
        builder.Logging.AddFilter("Orleans.Runtime.Silo", level => level >= LogLevel.Error && !isCutOff());
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

/// <summary>Signals are the command's: it stops the service that it hosts.</summary>
internal sealed class CommandLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
