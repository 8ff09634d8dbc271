using System.Text;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.ServiceDefaults;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Health;
using ScoringCluster.TestKit;

namespace ScoringCluster.Gateway.Tests;

/// <summary>The whole gateway, in front of replicas, a control plane and jobs that the test writes.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayFixture(WebApplication app, FakeReplicas replicas, FakeControlPlane plane, FakeJobs jobs)
    {
        _app = app;
        Replicas = replicas;
        Plane = plane;
        Jobs = jobs;
    }

    public FakeReplicas Replicas { get; }

    public FakeControlPlane Plane { get; }

    public FakeJobs Jobs { get; }

    public IServiceProvider Services => _app.Services;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>The gateway over gRPC.</summary>
    public GrpcChannel Channel { get; private set; } = null!;

    public RecordingLogs Logs { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="kestrel">Over a real socket on a free port.</param>
    /// <param name="table">What is published before the first request; all models of the tests by default.</param>
    /// <param name="configure">Services that replace the gateway's own.</param>
    public static async Task<GatewayFixture> StartAsync(
        bool kestrel = false, RouteTable? table = null, Action<IServiceCollection>? configure = null,
        params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("Gateway:HttpPort", "0"), new("Gateway:GrpcPort", "0")])
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Logging.ClearProviders();
        var pool = new TensorBlockPool(TimeProvider.System);
        var (replicas, plane, jobs) = (new FakeReplicas(pool), new FakeControlPlane(), new FakeJobs());
        builder.Services.AddSingleton(pool);
        builder.Services.AddSingleton<IReplicaCaller>(replicas);
        builder.Services.AddSingleton(FakeGrainFactory.Of(plane, jobs));
        configure?.Invoke(builder.Services);
        builder.Services.AddSingleton(TimeProvider.System).AddRouteTable().AddHealth();
        builder.AddScoringGateway();
        if (!kestrel)
        {
            builder.WebHost.UseTestServer();
        }

        var app = builder.Build();
        app.Services.GetRequiredService<HealthEndpoints>().Map(app);
        app.MapScoringGateway();
        var fixture = new GatewayFixture(app, replicas, plane, jobs);
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(fixture.Logs);
        await app.StartAsync(Token);
        await plane.PublishAsync(table ?? TestModels.Table(1));
        fixture.Http = kestrel ? new HttpClient { BaseAddress = new Uri(app.Urls.First()) } : app.GetTestClient();
        fixture.Channel = kestrel
            ? GrpcChannel.ForAddress(app.Urls.Skip(1).Single())
            : GrpcChannel.ForAddress(
                "http://localhost", new GrpcChannelOptions { HttpHandler = app.GetTestServer().CreateHandler() });
        return fixture;
    }

    public async Task<(int Status, string Body)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(path, content, Token);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(path, Token);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Stops the server while clients are connected.</summary>
    public Task StopAsync() => _app.StopAsync(Token);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Channel.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
