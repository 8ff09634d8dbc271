using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Tests.Telemetry;
using ScoringCluster.Protocol.Oip;
using static ScoringCluster.Gateway.Tests.Protocols.OipGrpc.GrpcRequests;

namespace ScoringCluster.Gateway.Tests.Protocols.OipGrpc;

/// <summary>What happens to a call before its message is there, over real sockets.</summary>
public sealed class InferReceptionTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Receive_MoreThanTheGatewayHolds_EndsTheCallBeforeItsMessageIsWhole()
    {
        await using var gateway = await StartAsync(bytesMax: 100_000);
        using var client = new HttpClient();
        using var measured = new Measurements(gateway);
        var never = new TaskCompletionSource();
        using var content = new Upload(Framed(new byte[1_000_000])[..200_000], never.Task, []);

        using var answer = await SendAsync(client, gateway, content, Token);

        Assert.Equal(StatusCode.Unavailable, StatusOf(answer));
        Assert.Equal("1000", answer.Headers.GetValues("grpc-retry-pushback-ms").Single());
        Assert.Equal(0, Held(gateway));
        Assert.Equal(["1  0 Overloaded"], Faults(measured));
        Assert.Equal("17", (await Client(gateway).ModelInferAsync(Sum(raw: true), cancellationToken: Token)).Id);
    }

    [Fact]
    public async Task Receive_ParallelCallsOfMoreThanTheGatewayHolds_AreRefusedAndLaterFine()
    {
        await using var gateway = await StartAsync(bytesMax: 100_000);
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Replicas.Before = (_, _) =>
        {
            entered.TrySetResult();
            return release.Task;
        };

        var first = Client(gateway).ModelInferAsync(Echo(60_000), cancellationToken: Token).ResponseAsync;
        await entered.Task.WaitAsync(_patience, Token);
        var others = Enumerable.Range(0, 8).Select(_ => Assert.ThrowsAsync<RpcException>(() =>
            Client(gateway).ModelInferAsync(Echo(60_000), cancellationToken: Token).ResponseAsync));
        Assert.All(await Task.WhenAll(others), e =>
        {
            Assert.Equal(StatusCode.Unavailable, e.StatusCode);
            Assert.Equal("1000", e.Trailers.GetValue("grpc-retry-pushback-ms"));
        });
        Assert.InRange(Held(gateway), 60_000, 61_000);
        release.SetResult();

        Assert.Equal(60_000, (await first).RawOutputContents.Single().Length);
        await Client(gateway).ModelInferAsync(Echo(60_000), cancellationToken: Token);
        Assert.Equal(0, Held(gateway));
    }

    [Fact]
    public async Task Receive_TypedContentsLargerAsATensorThanTheGatewayHolds_AreRefused()
    {
        await using var gateway = await StartAsync(bytesMax: 7_999);
        var request = new ModelInferRequest { ModelName = "echo-Int64", Inputs = { Input("x", "INT64", 1_000) } };
        request.Inputs[0].Contents = new InferTensorContents { Int64Contents = { new long[1_000] } };

        var e = await RefusedAsync(gateway, request);

        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        Assert.Equal(0, Held(gateway));
        Assert.Equal(8_192, gateway.Services.GetRequiredService<TensorBlockPool>().HeldBytes);
    }

    [Theory]
    [InlineData(1_001)]
    [InlineData(3_000_000)]
    public async Task Receive_LargerMessageThanTheOption_IsResourceExhaustedAndTheConnectionServesOn(int bytes)
    {
        await using var gateway = await StartAsync(settings: ("Gateway:RequestBytesMax", "1000"));
        using var measured = new Measurements(gateway);

        var e = await RefusedAsync(gateway, EchoOfMessage(bytes));
        var answer = await Client(gateway).ModelInferAsync(EchoOfMessage(1_000), cancellationToken: Token);

        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        Assert.NotEmpty(answer.RawOutputContents.Single());
        Assert.Equal(["1  0 RequestTooLarge"], Faults(measured));
        Assert.Equal(
            ["1  0 fault", "1 echo-UInt8 1 ok"],
            measured.Of(TelemetryNames.Instruments.Requests, TelemetryNames.Tags.Outcome));
        Assert.Equal(0, Held(gateway));
    }

    /// <summary>A message inflates a thousandfold: past every limit, before anybody has counted it.</summary>
    [Fact]
    public async Task Receive_CompressedMessage_IsUnimplementedAndTheConnectionServesOn()
    {
        await using var gateway = await StartAsync();
        using var measured = new Measurements(gateway);
        var headers = new Metadata { { "grpc-internal-encoding-request", "gzip" } };

        var e = await Assert.ThrowsAsync<RpcException>(() => Client(gateway)
            .ModelInferAsync(Echo(60_000), headers, cancellationToken: Token).ResponseAsync);
        await Client(gateway).ModelInferAsync(Echo(60_000), cancellationToken: Token);

        Assert.Equal(StatusCode.Unimplemented, e.StatusCode);
        Assert.Contains("'gzip'", e.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(["1  0 RequestInvalid"], Faults(measured));
    }

    [Theory]
    [InlineData(false, "application/grpc")]
    [InlineData(true, "application/grpc")]
    [InlineData(true, "application/json")]
    public async Task Receive_WhatIsNoMessage_IsCountedAsAFault(bool twice, string type)
    {
        await using var gateway = await StartAsync();
        using var client = new HttpClient();
        using var measured = new Measurements(gateway);
        var message = Framed(Sum(raw: true).ToByteArray());
        using var content = new Upload(message[..^1], Task.CompletedTask, twice ? [message[^1], .. message] : []);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);

        using var answer = await SendAsync(client, gateway, content, Token);
        await answer.Content.CopyToAsync(Stream.Null, Token);

        Assert.Equal(StatusCode.Internal, StatusOf(answer));
        Assert.Equal(["1  0 RequestInvalid"], Faults(measured));
        Assert.Empty(gateway.Replicas.Calls);
        Assert.Equal(0, Held(gateway));
    }

    [Fact]
    public async Task Receive_CallerThatLeavesWithinItsMessage_IsCancelledAndHoldsNothing()
    {
        await using var gateway = await StartAsync();
        using var client = new HttpClient();
        using var measured = new Measurements(gateway);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var started = new StartedRequest();
        using var content = new Upload(
            Framed(new byte[1_000_000])[..200_000], new TaskCompletionSource().Task, []);

        var call = SendAsync(client, gateway, content, caller.Token, started.Parent);
        await started.Task.WaitAsync(_patience, Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await measured.RequestAsync();

        Assert.Equal(["1  0 Cancelled"], Faults(measured));
        Assert.Equal(0, Held(gateway));
    }

    [Fact]
    public async Task Receive_SlowMessage_IsPartOfTheCallsTime()
    {
        await using var gateway = await StartAsync();
        using var client = new HttpClient();
        using var started = new StartedRequest();
        var rest = new TaskCompletionSource();
        var message = Framed(Sum(raw: true).ToByteArray());
        using var content = new Upload(message[..10], rest.Task, message[10..]);

        var call = SendAsync(client, gateway, content, Token, started.Parent);
        await started.Task.WaitAsync(_patience, Token);
        rest.SetResult();
        using var answer = await call;
        await answer.Content.CopyToAsync(Stream.Null, Token);

        Assert.Equal(StatusCode.OK, StatusOf(answer));
    }

    private static Task<GatewayFixture> StartAsync(
        long bytesMax = Limits.GatewayBytesInFlightMax, params (string Key, string Value)[] settings) =>
        GatewayFixture.StartAsync(
            kestrel: true,
            configure: services => services.AddSingleton(new InFlightBytes(bytesMax)),
            settings: settings);

    private static Task<RpcException> RefusedAsync(GatewayFixture gateway, ModelInferRequest request) =>
        Assert.ThrowsAsync<RpcException>(
            () => Client(gateway).ModelInferAsync(request, cancellationToken: Token).ResponseAsync);

    private static long Held(GatewayFixture gateway) => gateway.Services.GetRequiredService<InFlightBytes>().Held;

    private static List<string> Faults(Measurements measured) =>
        measured.Of(TelemetryNames.Instruments.Faults, TelemetryNames.Tags.Fault);

    private static ModelInferRequest Echo(int bytes)
    {
        var request = new ModelInferRequest { ModelName = "echo-UInt8", Inputs = { Input("x", "UINT8", bytes) } };
        request.RawInputContents.Add(ByteString.CopyFrom(new byte[bytes]));
        return request;
    }

    /// <summary>A request whose message has exactly so many bytes.</summary>
    private static ModelInferRequest EchoOfMessage(int bytes)
    {
        var request = Echo(bytes - 100);
        request.Id = new string('x', bytes - request.CalculateSize() - 2);
        Assert.Equal(bytes, request.CalculateSize());
        return request;
    }

    /// <summary>A message behind its length, as gRPC has it.</summary>
    private static byte[] Framed(byte[] message)
    {
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(5));
        return framed;
    }

    private static StatusCode StatusOf(HttpResponseMessage answer) => (StatusCode)int.Parse(
        (answer.Headers.TryGetValues("grpc-status", out var head) ? head
            : answer.TrailingHeaders.GetValues("grpc-status")).Single());

    private static Task<HttpResponseMessage> SendAsync(
        HttpClient client, GatewayFixture gateway, HttpContent content, CancellationToken cancellationToken,
        string? parent = null)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post, $"http://{gateway.Channel.Target}/{OipMethods.Service}/ModelInfer")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType ??= new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (parent is not null)
        {
            request.Headers.Add("traceparent", parent);
        }

        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>A body whose rest is sent when the test says so.</summary>
    private sealed class Upload(byte[] first, Task then, byte[] rest) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(first, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await then.WaitAsync(cancellationToken);
            await stream.WriteAsync(rest, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }

    /// <summary>Waits for the span of one request of this test to begin.</summary>
    private sealed class StartedRequest : IDisposable
    {
        private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ActivityListener _listener;

        public StartedRequest()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is TelemetryNames.Source or "Microsoft.AspNetCore",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                    ActivitySamplingResult.AllDataAndRecorded,
                ActivityStarted = activity =>
                {
                    if (activity.TraceId == _trace && activity.OperationName == TelemetryNames.Spans.Request)
                    {
                        _started.TrySetResult();
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Task Task => _started.Task;

        public string Parent => $"00-{_trace.ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-01";

        public void Dispose() => _listener.Dispose();
    }
}
