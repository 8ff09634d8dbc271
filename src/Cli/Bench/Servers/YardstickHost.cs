using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>Kestrel, set up as the gateway's, with one handler and nothing around it.</summary>
internal static class YardstickHost
{
    private const int RequestBytesMax = 1 << 30;

    /// <summary>Serves HTTP until the bench that started it closes its end of the pipe, or ends.</summary>
    public static Task<int> RunAsync(RequestDelegate handle, CancellationToken cancellationToken) =>
        RunAsync(handle, add: null, mapHttp2: null, cancellationToken);

    /// <param name="add">Adds what <paramref name="mapHttp2"/> needs.</param>
    /// <param name="mapHttp2">What answers on a port of HTTP/2; null for no such port.</param>
    public static async Task<int> RunAsync(
        RequestDelegate handle, Action<IServiceCollection>? add, Action<IApplicationBuilder>? mapHttp2,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            if (mapHttp2 is not null)
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            }
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new NetworkBlocks(TimeProvider.System));
        add?.Invoke(builder.Services);
        await using var app = builder.Build();
        if (mapHttp2 is not null)
        {
            app.MapWhen(context => HttpProtocol.IsHttp2(context.Request.Protocol), mapHttp2);
        }

        app.Run(handle);
        await app.StartAsync(cancellationToken);
        await Console.Out.WriteLineAsync(
            JsonSerializer.Serialize(new { ready = app.Urls.First(), grpc = app.Urls.Skip(1).FirstOrDefault() }));
        await Console.In.ReadToEndAsync(cancellationToken);
        await app.StopAsync(CancellationToken.None);
        return ExitCodes.Ok;
    }

    /// <summary>
    /// The body in one pooled block, beginning so far into it that what stands behind the first
    /// <paramref name="header"/> bytes is aligned and need not be copied again.
    /// </summary>
    public static async Task<PooledBody> ReadBodyAsync(HttpContext context, int header)
    {
        var length = (int)(context.Request.ContentLength ?? throw new InvalidDataException("A length is needed."));
        var start = (TensorBlock.Alignment - (header % TensorBlock.Alignment)) % TensorBlock.Alignment;
        var body = new PooledBody(TensorBlockPool.Shared.Rent(start + length), start, length);
        var reader = context.Request.BodyReader;
        for (var at = 0; at < length;)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            foreach (var segment in result.Buffer)
            {
                segment.Span.CopyTo(body.Bytes[at..]);
                at += segment.Length;
            }

            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted && at < length)
            {
                throw new InvalidDataException("The body is shorter than announced.");
            }
        }

        return body;
    }
}

/// <summary>A request's body; whoever has it disposes it.</summary>
internal sealed record PooledBody(TensorBlock Block, int Start, int Length) : IDisposable
{
    public Span<byte> Bytes => Block.Span(Start + Length)[Start..];

    public void Dispose() => Block.Dispose();
}
