using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Protocols.Images;
using ScoringCluster.Gateway.Protocols.Oip;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Tests;

/// <summary>The gateway's protocols over an in-memory server, in front of a replica that the test writes.</summary>
internal sealed class GatewayFixture : IReplicaCaller, IAsyncDisposable
{
    public static readonly ModelSignature Sum = new(
        ModelSignature.Default,
        [
            new TensorSpec("a", ElementType.Float32, TensorShape.Of(-1, 2)),
            new TensorSpec("b", ElementType.Int32, TensorShape.Of(-1)),
        ],
        [
            new TensorSpec("sum", ElementType.Float32, TensorShape.Of(-1)),
            new TensorSpec("twice", ElementType.Int32, TensorShape.Of(-1)),
        ],
        Batched: true);

    public static readonly ModelSignature Picture = new(
        ModelSignature.Default,
        [new TensorSpec("pixels", ElementType.Float32, TensorShape.Of(-1, 2, 2, 1))],
        [new TensorSpec("scores", ElementType.Float32, TensorShape.Of(-1, 2))],
        Batched: true);

    private readonly WebApplication _app;

    private GatewayFixture(WebApplication app) => _app = app;

    /// <summary>What the replica answers instead of scores; null for scores.</summary>
    public ScoringFault? Fault { get; set; }

    /// <summary>Commands that reached the replica, as text.</summary>
    public List<string> Calls { get; } = [];

    public HttpClient Http { get; private set; } = null!;

    public static async Task<GatewayFixture> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting().AddProtocols();
        GatewayFixture? fixture = null;
        builder.Services.AddSingleton<IReplicaCaller>(_ => fixture!);
        builder.Services
            .AddSingleton<Orleans.IGrainFactory>(_ => throw new InvalidOperationException("No grains here."));
        var app = builder.Build();
        fixture = new GatewayFixture(app);
        app.UseMiddleware<ErrorPages>();
        app.UseRouting();
        app.Services.GetRequiredService<OipEndpoints>().Map(app);
        app.Services.GetRequiredService<ImageEndpoints>().Map(app);
        app.Services.GetRequiredService<RouteTableHolder>().Table = new RouteTable
        {
            Version = 1,
            Entries = [Entry("failed", 1, Sum, "saved_model.pb is corrupt"), Entry("picture", 1, Picture),
                Entry("sum", 2, Sum), Entry("sum", 10, Sum)],
        };
        await app.StartAsync(TestContext.Current.CancellationToken);
        fixture.Http = app.GetTestClient();
        return fixture;
    }

    public Task<ScoreAnswer> ScoreAsync(ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken)
    {
        Calls.Add($"{replica.Model} rows {command.Rows} {string.Join(' ', command.Inputs.OrderBy(i => i.Name))}");
        try
        {
            return Task.FromResult(Fault is not null
                ? new ScoreAnswer { Replica = replica, Fault = Fault }
                : new ScoreAnswer
                {
                    Replica = replica,
                    Outputs = replica.Model.Name == "picture" ? Brightness(command)
                    : Sums(command)
                });
        }
        finally
        {
            foreach (var input in command.Inputs)
            {
                input.Dispose();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private static ImmutableArray<Tensor> Sums(ScoreCommand command)
    {
        var a = command.Inputs.Single(i => i.Name == "a").Values<float>().ToArray();
        var b = command.Inputs.Single(i => i.Name == "b").Values<int>().ToArray();
        var sum = Tensor.Copy<float>(TensorBlockPool.Shared, "sum", ElementType.Float32, TensorShape.Of(b.Length),
            [.. b.Select((x, i) => x + a[2 * i] + a[(2 * i) + 1])]);
        var twice = Tensor.Copy<int>(TensorBlockPool.Shared, "twice", ElementType.Int32, TensorShape.Of(b.Length),
            [.. b.Select(x => 2 * x)]);
        return command.Outputs.IsDefaultOrEmpty ? [sum, twice]
            : [.. new[] { sum, twice }.Where(t => command.Outputs.Contains(t.Name))];
    }

    /// <summary>The first class is the mean of the pixels.</summary>
    private static ImmutableArray<Tensor> Brightness(ScoreCommand command)
    {
        var pixels = command.Inputs[0].Values<float>().ToArray().Chunk(4).Select(row => row.Average());
        return
        [
            Tensor.Copy<float>(TensorBlockPool.Shared, "scores", ElementType.Float32, TensorShape.Of(command.Rows, 2),
                [.. pixels.SelectMany(p => new[] { p, 1 - p })]),
        ];
    }

    private static RouteEntry Entry(string name, int version, ModelSignature signature, string? failure = null) => new()
    {
        Model = new ModelRef(name, version),
        Replicas =
        [
            new ReplicaReport
            {
                Replica = new ReplicaKey("silo-0", DeviceId.Cpu(0), new ModelRef(name, version)),
                State = failure is null ? ReplicaState.Ready : ReplicaState.Failed,
                Failure = failure,
                Signatures = [signature],
                Digest = name,
            },
        ],
    };
}
