using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Hosting;

/// <summary>Reads whole bodies into pooled blocks, within what one gateway holds at a time.</summary>
internal sealed class RequestBodies(IOptions<GatewayOptions> options)
{
    private long _inFlight;

    public async Task<(RequestBody? Body, ScoringFault? Fault)> ReadAsync(HttpContext context)
    {
        var max = options.Value.RequestBytesMax;
        if (context.Request.ContentLength > max)
        {
            return (null, TooLarge(max));
        }

        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (result.Buffer.Length > max)
            {
                reader.AdvanceTo(result.Buffer.End);
                return (null, TooLarge(max));
            }

            if (!result.IsCompleted)
            {
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            var length = (int)result.Buffer.Length;
            if (Interlocked.Add(ref _inFlight, length) > Limits.GatewayBytesInFlightMax)
            {
                Interlocked.Add(ref _inFlight, -length);
                reader.AdvanceTo(result.Buffer.End);
                return (null,
                    new ScoringFault(FaultKind.Overloaded, "The gateway holds as many request bytes as it may."));
            }

            var block = TensorBlockPool.Shared.Rent(length);
            result.Buffer.CopyTo(block.Span(length));
            reader.AdvanceTo(result.Buffer.End);
            return (new RequestBody(block, length, () => Interlocked.Add(ref _inFlight, -length)), null);
        }
    }

    private static ScoringFault TooLarge(int max) =>
        new(FaultKind.RequestTooLarge, $"The body is larger than {max} bytes (Gateway:RequestBytesMax).");
}

/// <summary>A body in one pooled block.</summary>
internal sealed class RequestBody(TensorBlock block, int length, Action released) : IDisposable
{
    public ReadOnlySpan<byte> Bytes => block.Span(length);

    public void Dispose()
    {
        block.Dispose();
        released();
    }
}
