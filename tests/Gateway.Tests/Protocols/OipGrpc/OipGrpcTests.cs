using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Tests.Telemetry;
using ScoringCluster.Protocol.Oip;
using static ScoringCluster.Gateway.Tests.Protocols.OipGrpc.GrpcRequests;

namespace ScoringCluster.Gateway.Tests.Protocols.OipGrpc;

/// <summary>The service as a client with generated types sees it: what other servers' clients are.</summary>
public sealed class OipGrpcTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Infer_RawOrTypedContents_GiveTheSameAnswer(bool raw)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        var answer = await Client(gateway).ModelInferAsync(Sum(raw), cancellationToken: Token);

        Assert.Equal(("sum", "10", "17"), (answer.ModelName, answer.ModelVersion, answer.Id));
        Assert.Equal(["sum", "twice"], answer.Outputs.Select(o => o.Name));
        Assert.Equal(["FP32", "INT32"], answer.Outputs.Select(o => o.Datatype));
        Assert.All(answer.Outputs, output => Assert.Equal([2], output.Shape));
        Assert.Equal([13f, 27f], MemoryMarshal.Cast<byte, float>(answer.RawOutputContents[0].Span).ToArray());
        Assert.Equal([20, 40], MemoryMarshal.Cast<byte, int>(answer.RawOutputContents[1].Span).ToArray());
        Assert.Empty(gateway.Replicas.BlocksOut);
        Assert.Equal(0, gateway.Services.GetRequiredService<InFlightBytes>().Held);
    }

    [Fact]
    public async Task Infer_OutputsInTheOrderAskedFor_AndTheVersionNamed()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var request = Sum(raw: true);
        request.ModelVersion = "2";
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "twice" });
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "sum" });

        var answer = await Client(gateway).ModelInferAsync(request, cancellationToken: Token);

        Assert.Equal("2", answer.ModelVersion);
        Assert.Equal(["twice", "sum"], answer.Outputs.Select(o => o.Name));
        Assert.Equal(20, MemoryMarshal.Read<int>(answer.RawOutputContents[0].Span));
    }

    [Fact]
    public async Task Infer_TextsAndEveryType_ComeBackAsTheyWent()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        foreach (var type in Enum.GetValues<ElementType>())
        {
            byte[] sent = type == ElementType.Bytes
                ? [3, 0, 0, 0, 1, 2, 255, 0, 0, 0, 0]
                : [.. Enumerable.Range(1, 2 * type.Size()).Select(i => (byte)(type == ElementType.Bool ? i % 2 : i))];
            var request = new ModelInferRequest { ModelName = $"echo-{type}" };
            request.Inputs.Add(Input("x", type.ProtocolName(), 2));
            request.RawInputContents.Add(ByteString.CopyFrom(sent));

            var answer = await Client(gateway).ModelInferAsync(request, cancellationToken: Token);

            Assert.Equal(sent, answer.RawOutputContents.Single().ToByteArray());
        }
    }

    public static TheoryData<string, StatusCode, string> WrongRequests() => new()
    {
        { "model", StatusCode.NotFound, "There is no model 'none'." },
        { "version", StatusCode.NotFound, "has no version '3'" },
        { "loading", StatusCode.Unavailable, "could not be loaded: it is corrupt" },
        { "name", StatusCode.InvalidArgument, "inputs[c]: signature 'serving_default' has no such input" },
        { "datatype", StatusCode.InvalidArgument, "inputs[a].datatype: expected FP32, got FP64" },
        { "shape", StatusCode.InvalidArgument, "inputs[a].shape: a whole number from 0" },
        { "bytes", StatusCode.InvalidArgument, "inputs[a]: expected 16 bytes for FP32 [2,2], got 15" },
        { "rawCount", StatusCode.InvalidArgument, "raw_input_contents: one entry an input is expected, 2, got 1" },
        { "both", StatusCode.InvalidArgument, "inputs[a].contents: must not be given beside raw_input_contents" },
        { "none", StatusCode.InvalidArgument, "inputs[a].data: missing" },
        { "wrongField", StatusCode.InvalidArgument, "elements of INT32 are expected in int_contents, got field 6" },
        {
            "typedCount", StatusCode.InvalidArgument,
            "inputs[a].contents: 4 elements are expected for FP32 [2,2], got 3"
        },
        { "output", StatusCode.InvalidArgument, "outputs[none]: signature 'serving_default' has no such output" },
        { "signature", StatusCode.InvalidArgument, "has no signature 'none'" },
    };

    [Theory]
    [MemberData(nameof(WrongRequests))]
    public async Task Infer_WrongRequest_IsAStatusThatNamesIt(string what, StatusCode code, string message)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var request = Sum(raw: what is not ("wrongField" or "typedCount" or "none" or "both"));
        switch (what)
        {
            case "model": request.ModelName = "none"; break;
            case "version": request.ModelVersion = "3"; break;
            case "loading": request.ModelName = "failed"; break;
            case "name": request.Inputs[0].Name = "c"; break;
            case "datatype": request.Inputs[0].Datatype = "FP64"; break;
            case "shape": request.Inputs[0].Shape[0] = -1; break;
            case "bytes": request.RawInputContents[0] = ByteString.CopyFrom(new byte[15]); break;
            case "rawCount": request.RawInputContents.RemoveAt(1); break;
            case "both": request.RawInputContents.Add([ByteString.Empty, ByteString.Empty]); break;
            case "none": request.Inputs[0].Contents = null; break;
            case "wrongField": request.Inputs[1].Contents = new InferTensorContents { Fp32Contents = { 1, 2 } }; break;
            case "typedCount": request.Inputs[0].Contents.Fp32Contents.RemoveAt(0); break;
            case "output":
                request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "none" });
                break;
            case "signature":
                request.Parameters.Add("signature_name", new InferParameter { StringParam = "none" });
                break;
        }

        var e = await Assert.ThrowsAsync<RpcException>(
            () => Client(gateway).ModelInferAsync(request, cancellationToken: Token).ResponseAsync);

        Assert.Contains(message, e.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(code, e.StatusCode);
        Assert.Empty(gateway.Replicas.Calls);
        Assert.Equal(0, gateway.Services.GetRequiredService<InFlightBytes>().Held);
        var typed = what switch
        {
            "both" => 2,
            "none" or "wrongField" or "typedCount" => 1,
            _ => 0,
        };
        Assert.Equal(
            256 * (request.RawInputContents.Count + typed),
            gateway.Services.GetRequiredService<TensorBlockPool>().HeldBytes);
    }

    public static TheoryData<bool, Action<ModelInferRequest>, string> Mistakes() => new()
    {
        {
            true, request => request.Inputs[0].Shape[0] = -1,
            "inputs[a].shape: a whole number from 0 to 2147483647 is expected, got -1"
        },
        {
            false, request => request.Inputs[0].Shape[0] = 1L << 40,
            "inputs[a].shape: a whole number from 0 to 2147483647 is expected, got 1099511627776"
        },
        {
            false, request => request.Inputs[0].Shape.Add([1 << 20, 1 << 20]),
            "inputs[a].shape: [2,2,1048576,1048576] has more elements than a tensor may have; "
                + "inputs[a].shape: expected [-1,2], got [2,2,1048576,1048576]"
        },
        {
            false, request => request.Inputs[1].Contents = new() { Fp32Contents = { 1, 2 } },
            "inputs[b].contents: elements of INT32 are expected in int_contents, got field 6 of the contents"
        },
        {
            false, request => request.Inputs[1].Contents.IntContents.Add(1),
            "inputs[b].contents: 2 elements are expected for INT32 [2], got 3"
        },
        {
            false, request => request.Inputs[0].Datatype = "FLOAT",
            "inputs[a].datatype: 'FLOAT' is no type of the protocol"
        },
        {
            true, request => request.RawInputContents.RemoveAt(1),
            "raw_input_contents: one entry an input is expected, 2, got 1"
        },
        { false, request => request.Inputs[0].Contents = null, "inputs[a].data: missing" },
        { false, request => request.Inputs[0].Contents = new(), "inputs[a].data: missing" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Infer_Mistake_IsReportedOnceWithoutWhatFollowsFromIt(
        bool raw, Action<ModelInferRequest> spoil, string detail)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var request = Sum(raw);
        spoil(request);

        var e = await Assert.ThrowsAsync<RpcException>(
            () => Client(gateway).ModelInferAsync(request, cancellationToken: Token).ResponseAsync);

        Assert.Equal(detail, e.Status.Detail);
    }

    [Theory]
    [InlineData(800, StatusCode.OK)]
    [InlineData(799, StatusCode.ResourceExhausted)]
    public async Task Infer_TypedContentsLargerAsATensorThanARequest_IsResourceExhausted(int max, StatusCode code)
    {
        await using var gateway = await GatewayFixture.StartAsync(settings: ("Gateway:RequestBytesMax", $"{max}"));
        var request = new ModelInferRequest { ModelName = "echo-Int64", Inputs = { Input("x", "INT64", 100) } };
        request.Inputs[0].Contents = new InferTensorContents { Int64Contents = { new long[100] } };
        using var call = Client(gateway).ModelInferAsync(request, cancellationToken: Token);

        var status = await call.ResponseAsync.ContinueWith(_ => call.GetStatus(), TaskScheduler.Default);

        Assert.Equal(code, status.StatusCode);
        Assert.Equal(code != StatusCode.OK, status.Detail.Contains("more than 799 bytes", StringComparison.Ordinal));
        Assert.Equal(code == StatusCode.OK ? 1 : 0, gateway.Replicas.Calls.Count);
    }

    [Fact]
    public async Task Infer_FullQueue_IsUnavailableWithAHint()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Replicas.Fault = _ => new ScoringFault(FaultKind.Overloaded, "full")
        {
            RetryAfter = TimeSpan.FromMilliseconds(1234.5),
        };

        var e = await Assert.ThrowsAsync<RpcException>(
            () => Client(gateway).ModelInferAsync(Sum(raw: true), cancellationToken: Token).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        Assert.Equal("1235", e.Trailers.GetValue("grpc-retry-pushback-ms"));
    }

    [Fact]
    public async Task Infer_DeadlineOfTheCall_ReachesTheReplica()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        await Client(gateway).ModelInferAsync(
            Sum(raw: true), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(7),
            cancellationToken: Token);

        Assert.InRange(gateway.Replicas.TimesLeft.Single(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(7));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Infer_CallerThatLeaves_IsCancelledAtTheReplicaAndItsBlocksComeBack(bool answered)
    {
        var gateway = await GatewayFixture.StartAsync(kestrel: true);
        var pool = gateway.Services.GetRequiredService<TensorBlockPool>();
        var inFlight = gateway.Services.GetRequiredService<InFlightBytes>();
        using var measured = new Measurements(gateway);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var (entered, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Replicas.Before = async (_, token) =>
        {
            entered.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
            token = answered ? CancellationToken.None : token;
            token.ThrowIfCancellationRequested();
        };

        var call = Client(gateway).ModelInferAsync(Sum(raw: true), cancellationToken: caller.Token).ResponseAsync;
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await caller.CancelAsync();

        await Assert.ThrowsAsync<RpcException>(() => call);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await measured.RequestAsync();
        Assert.Equal(["1 sum 10 Cancelled"], measured.Of(TelemetryNames.Instruments.Faults, TelemetryNames.Tags.Fault));

        // Outputs are returned once their response is over, and a server stops once all are.
        await gateway.DisposeAsync();
        Assert.Empty(gateway.Replicas.BlocksOut);
        Assert.Equal(256 * (answered ? 4 : 2), pool.HeldBytes);
        Assert.Equal(0, inFlight.Held);
    }

    [Fact]
    public async Task Infer_Origin_IsInTheTrailers()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var call = Client(gateway).ModelInferAsync(Sum(raw: true), cancellationToken: Token);
        await call;

        var trailers = call.GetTrailers();
        Assert.Equal("silo-0/cpu:0/sum@10", trailers.GetValue("x-scoring-replica"));
        Assert.Equal("queue;dur=1.5, compute;dur=20", trailers.GetValue("server-timing"));
    }

    [Fact]
    public async Task Metadata_OfServerAndModels_IsTheSameAsOverHttp()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var client = Client(gateway);

        Assert.True((await client.ServerLiveAsync(new(), cancellationToken: Token)).Live);
        Assert.True((await client.ServerReadyAsync(new(), cancellationToken: Token)).Ready);
        Assert.True((await client.ModelReadyAsync(new() { Name = "sum" }, cancellationToken: Token)).Ready);
        Assert.False((await client.ModelReadyAsync(new() { Name = "failed" }, cancellationToken: Token)).Ready);
        Assert.False((await client.ModelReadyAsync(new() { Name = "none" }, cancellationToken: Token)).Ready);
        Assert.Equal("scoringcluster", (await client.ServerMetadataAsync(new(), cancellationToken: Token)).Name);
        var model = await client.ModelMetadataAsync(new() { Name = "sum" }, cancellationToken: Token);

        Assert.Equal(["2", "10", "11"], model.Versions);
        Assert.Equal(
            [("a", "FP32", 2), ("b", "INT32", 1)], model.Inputs.Select(i => (i.Name, i.Datatype, i.Shape.Count)));
        Assert.Equal([-1, 2], model.Inputs[0].Shape);
        Assert.Equal("sum", model.Properties["digest"]);
    }

    [Fact]
    public async Task Reflection_ListsTheServices()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var client = new Grpc.Reflection.V1Alpha.ServerReflection.ServerReflectionClient(gateway.Channel);
        using var call = client.ServerReflectionInfo(cancellationToken: Token);

        await call.RequestStream.WriteAsync(
            new Grpc.Reflection.V1Alpha.ServerReflectionRequest { ListServices = "" }, Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        await call.RequestStream.CompleteAsync();

        Assert.Contains(
            "inference.GRPCInferenceService",
            call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name));
    }
}
