using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ScoringCluster.Core;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs: the same in every process.</summary>
internal static class TelemetryBuilderExtensions
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static IHostApplicationBuilder AddTelemetry(this IHostApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                "scoringcluster", serviceInstanceId: ClusterSettings.Of(builder.Configuration).Name))
            .WithMetrics(metrics => metrics
                .AddMeter(TelemetryNames.Source, "Microsoft.Orleans")
                .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddRuntimeInstrumentation()
                .AddView(SizeOf)
                .AddPrometheusExporter());
        if (builder.Configuration[Endpoint] is { Length: > 0 })
        {
            telemetry.UseOtlpExporter();

            // Only where somebody takes spans: made for nobody, they would cost every request all the same.
            telemetry.WithTracing(tracing => tracing
                .AddSource(TelemetryNames.Source, "Microsoft.Orleans.Application")
                .AddAspNetCoreInstrumentation());
            builder.Services.AddHostedService<TelemetryFlush>();
        }

        return builder;
    }

    /// <summary>
    /// The memory for an instrument's combinations of tags is taken when the instrument appears, a third of a megabyte
    /// for the usual 2,000: much for the hundred instruments of the framework, of which most have few or none. Ours are
    /// told apart by model, version and device.
    /// </summary>
    private static MetricStreamConfiguration? SizeOf(Instrument instrument) =>
        instrument.Meter.Name == TelemetryNames.Source ? null : new MetricStreamConfiguration
        {
            CardinalityLimit = Limits.FrameworkTagCombinationsMax,
        };

    /// <summary>One line an event on stderr: stdout belongs to what a command answers.</summary>
    public static IHostApplicationBuilder AddConsoleLogs(this IHostApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        });
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("ScoringCluster", LogLevel.Information);

        // Whoever listens to it gets a span for every request, and it would say nothing that is not said elsewhere.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // Placement on a silo that is gone is an answer, not an error of the retry library below Orleans.
        builder.Logging.AddFilter("Polly", LogLevel.None);

        // Why a start failed is what the command says, in a sentence; the host would add its own stack trace.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);

        // A server's garbage collector would keep more memory than small machines have.
        builder.Logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);

        // It compares with the machine's start and warns at every start.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        return builder;
    }
}
