using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Hosting;

/// <summary>Reads whole bodies into pooled blocks, within what one gateway holds at a time.</summary>
internal sealed class RequestBodies(IOptions<GatewayOptions> options, TensorBlockPool pool, InFlightBytes inFlight)
{
    public async Task<(RequestBody? Body, ScoringFault? Fault)> ReadAsync(HttpContext context)
    {
        var max = options.Value.RequestBytesMax;
        if (context.Request.ContentLength > max)
        {
            return (null, TooLarge(max));
        }

        string? encoding = context.Request.Headers.ContentEncoding;
        if (!string.IsNullOrEmpty(encoding) && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return (null, new ScoringFault(
                FaultKind.RequestInvalid, $"The body's Content-Encoding '{encoding}' is not supported."));
        }

        var body = new RequestBody(pool, context.Request.ContentLength, new HeldBytes(inFlight));
        try
        {
            var fault = await FillAsync(context, body, max);
            if (fault is null)
            {
                return (body, null);
            }

            body.Dispose();
            return (null, fault);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static async Task<ScoringFault?> FillAsync(HttpContext context, RequestBody body, int max)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            try
            {
                if (body.Length + result.Buffer.Length > max)
                {
                    return TooLarge(max);
                }

                // Counted as they arrive: a caller that announces much and sends little holds little.
                if (body.Held.Hold(body.Length + result.Buffer.Length) is { } full)
                {
                    return full;
                }

                body.Append(result.Buffer);
            }
            finally
            {
                reader.AdvanceTo(result.Buffer.End);
            }

            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    private static ScoringFault TooLarge(int max) => new(
        FaultKind.RequestTooLarge,
        $"The body is larger than {max} bytes (Gateway:{nameof(GatewayOptions.RequestBytesMax)}).");
}

/// <summary>A body in one pooled block, which grows as bytes arrive.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBlockBytes = 1 << 20;

    private readonly TensorBlockPool _pool;
    private readonly long? _announced;
    private TensorBlock _block;
    private bool _isReturned;

    /// <param name="announced">The length that the caller states, where it states one.</param>
    /// <param name="held">What the body holds of the gateway's bytes; the body's from here on.</param>
    public RequestBody(TensorBlockPool pool, long? announced, HeldBytes held)
    {
        _pool = pool;
        _announced = announced;
        Held = held;
        _block = pool.Rent((int)Math.Min(announced ?? 0, FirstBlockBytes));
    }

    public HeldBytes Held { get; }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _block.Span(Length);

    public void Append(in ReadOnlySequence<byte> bytes)
    {
        var length = checked(Length + (int)bytes.Length);
        if (length > _block.Capacity)
        {
            Grow(length);
        }

        bytes.CopyTo(_block.Span(length)[Length..]);
        Length = length;
    }

    /// <summary>The bytes are not needed any more; they count until the body is disposed, for what was made of
    /// them.</summary>
    public void Return()
    {
        if (!_isReturned)
        {
            _isReturned = true;
            _block.Dispose();
        }
    }

    public void Dispose()
    {
        Return();
        Held.Dispose();
    }

    private void Grow(int needed)
    {
        // Doubling up to what is announced copies each byte once on average, and trusts no number before its bytes.
        var doubled = Math.Min(2L * _block.Capacity, _announced is > 0 and var all ? all : int.MaxValue);
        var grown = _pool.Rent((int)Math.Max(needed, doubled));
        Bytes.CopyTo(grown.Span(Length));
        _block.Dispose();
        _block = grown;
    }
}
