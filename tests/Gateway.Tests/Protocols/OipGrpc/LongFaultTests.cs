using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using ScoringCluster.Protocol.Oip;
using static ScoringCluster.Gateway.Tests.Protocols.OipGrpc.GrpcRequests;

namespace ScoringCluster.Gateway.Tests.Protocols.OipGrpc;

/// <summary>
/// Names as long as callers like, which faults repeat: a status is a header, and a connection dies of one that is too
/// long.
/// </summary>
public sealed class LongFaultTests
{
    /// <summary>What most clients take of headers, in KiB.</summary>
    private const int ClientHeadersMax = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("x")]
    [InlineData("%")]
    [InlineData("鷲")]
    [InlineData("🦉")]
    public async Task Infer_ManyUnknownInputsOfLongNames_IsAStatusAndTheConnectionServesOn(string character)
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);
        using var channel = NarrowChannel(gateway);
        var request = new ModelInferRequest { ModelName = "sum" };
        request.Inputs.Add(Enumerable.Range(0, 40).Select(i => Input($"{i}{Long(character, 3_000)}", "FP32", 1)));

        var e = await RefusedAsync(channel, request);

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
        Assert.StartsWith("inputs[0", e.Status.Detail, StringComparison.Ordinal);
        Assert.EndsWith($"{character}…", e.Status.Detail, StringComparison.Ordinal);
        await ServesOnAsync(channel);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("鷲")]
    public async Task Infer_UnknownModelOfALongName_IsAStatusAndTheConnectionServesOn(string character)
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);
        using var channel = NarrowChannel(gateway);

        var e = await RefusedAsync(channel, new ModelInferRequest { ModelName = Long(character, 100_000) });

        Assert.Equal(StatusCode.NotFound, e.StatusCode);
        Assert.StartsWith($"There is no model '{character}", e.Status.Detail, StringComparison.Ordinal);
        await ServesOnAsync(channel);
    }

    [Fact]
    public async Task Health_OfAServiceOfALongName_IsAStatusAndTheConnectionServesOn()
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);
        using var channel = NarrowChannel(gateway);
        var request = new HealthCheckRequest { Service = Long("x", 100_000) };

        var e = await Assert.ThrowsAsync<RpcException>(() => new Health.HealthClient(channel)
            .CheckAsync(request, cancellationToken: Token).ResponseAsync);

        Assert.Equal(StatusCode.NotFound, e.StatusCode);
        await ServesOnAsync(channel);
    }

    private static Task<RpcException> RefusedAsync(GrpcChannel channel, ModelInferRequest request) =>
        Assert.ThrowsAsync<RpcException>(() => new GRPCInferenceService.GRPCInferenceServiceClient(channel)
            .ModelInferAsync(request, cancellationToken: Token).ResponseAsync);

    private static async Task ServesOnAsync(GrpcChannel channel)
    {
        var answer = await new GRPCInferenceService.GRPCInferenceServiceClient(channel)
            .ModelInferAsync(Sum(raw: true), cancellationToken: Token);
        Assert.Equal("17", answer.Id);
    }

    private static string Long(string character, int count) => string.Concat(Enumerable.Repeat(character, count));

    /// <summary>One connection of a client that takes no more headers than most.</summary>
    private static GrpcChannel NarrowChannel(GatewayFixture gateway) => GrpcChannel.ForAddress(
        $"http://{gateway.Channel.Target}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { MaxResponseHeadersLength = ClientHeadersMax },
            DisposeHttpClient = true,
        });
}
