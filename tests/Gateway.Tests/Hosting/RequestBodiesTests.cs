using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Gateway.Tests.Hosting;

public sealed class RequestBodiesTests
{
    private const string Path = "v2/models/echo-Float32/infer";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_BodyOfAnyLength_IsWhole(bool announced)
    {
        await using var gateway = await GatewayFixture.StartAsync(kestrel: true);
        var values = Enumerable.Range(0, 1_000_000).ToArray();
        var header = Encoding.UTF8.GetBytes("""
            {"parameters":{"binary_data_output":true},
             "inputs":[{"name":"x","datatype":"INT32","shape":[1000000],"parameters":{"binary_data_size":4000000}}]}
            """);
        byte[] body = [.. header, .. values.SelectMany(BitConverter.GetBytes)];
        using var request = new HttpRequestMessage(HttpMethod.Post, "v2/models/echo-Int32/infer");
        request.Content = new StreamContent(new MemoryStream(body));
        request.Content.Headers.Add("Inference-Header-Content-Length", $"{header.Length}");
        request.Headers.TransferEncodingChunked = !announced;

        using var answer = await gateway.Http.SendAsync(request, Token);

        // A million entries are more rows than one request may have: everything was read to find that out.
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("rows are expected, got 1000000", await answer.Content.ReadAsStringAsync(Token),
            StringComparison.Ordinal);
        Assert.Equal(0, gateway.Services.GetRequiredService<InFlightBytes>().Held);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_BodyLargerThanTheOption_Is413AsJson(bool announced)
    {
        await using var gateway = await GatewayFixture.StartAsync(
            kestrel: true, settings: ("Gateway:RequestBytesMax", "1000"));
        using var request = new HttpRequestMessage(HttpMethod.Post, Path);
        request.Content = new StreamContent(new MemoryStream(new byte[2_000]));
        request.Headers.TransferEncodingChunked = !announced;

        using var answer = await gateway.Http.SendAsync(request, Token);

        Assert.Equal(413, (int)answer.StatusCode);
        Assert.StartsWith("{\"error\":", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(0, gateway.Services.GetRequiredService<InFlightBytes>().Held);
    }

    [Fact]
    public async Task Read_MoreThanTheGatewayHolds_Is503AndLaterFine()
    {
        await using var gateway = await GatewayFixture.StartAsync(configure: services =>
            services.AddSingleton(new InFlightBytes(max: 100)));
        var held = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        gateway.Replicas.Before = (_, _) =>
        {
            entered.TrySetResult();
            return held.Task;
        };
        const string good = """{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}""";

        var first = gateway.PostAsync(Path, good);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        using var second = await gateway.Http.PostAsync(Path, new StringContent(good), Token);
        held.SetResult();
        var (status, _) = await first;
        var (third, _) = await gateway.PostAsync(Path, good);

        Assert.Equal(503, (int)second.StatusCode);
        Assert.True(second.Headers.Contains("Retry-After"));
        Assert.Equal((200, 200), (status, third));
        Assert.Equal(0, gateway.Services.GetRequiredService<InFlightBytes>().Held);
    }

    [Fact]
    public async Task Read_EncodedBody_IsRefusedByName()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentEncoding.Add("gzip");

        using var answer = await gateway.Http.PostAsync(Path, content, Token);

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("'gzip' is not supported", await answer.Content.ReadAsStringAsync(Token),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_BodyThatCannotBeCopied_HoldsNothingAfterwards()
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        var inFlight = new InFlightBytes();
        var bodies = new RequestBodies(Options.Create(new GatewayOptions()), pool, inFlight);
        using var broken = new BrokenMemory();
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(broken);

        await Assert.ThrowsAsync<InvalidOperationException>(() => bodies.ReadAsync(context));

        Assert.Equal(0, inFlight.Held);
        Assert.Equal(256, pool.HeldBytes);
    }

    /// <summary>A body whose bytes have arrived, and cannot be read.</summary>
    private sealed class BrokenMemory : MemoryManager<byte>, IRequestBodyPipeFeature
    {
        public override Memory<byte> Memory => CreateMemory(100);

        public PipeReader Reader => PipeReader.Create(new ReadOnlySequence<byte>(Memory));

        public override Span<byte> GetSpan() => throw new InvalidOperationException("broken");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
