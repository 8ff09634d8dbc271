using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>Kestrel, set up as the gateway's, with one handler and nothing around it.</summary>
internal static class YardstickHost
{
    private const int RequestBytesMax = 1 << 30;

    /// <summary>Serves until the bench that started it closes its end of the pipe, or ends.</summary>
    public static async Task<int> RunAsync(RequestDelegate handle, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        await using var app = builder.Build();
        app.Run(handle);
        await app.StartAsync(cancellationToken);
        await Console.Out.WriteLineAsync($"{{\"ready\":\"{app.Urls.First()}\"}}");
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
