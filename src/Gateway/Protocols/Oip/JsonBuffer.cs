using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>JSON that has to be whole before it is sent; kept for the next answer, since most are small.</summary>
internal sealed class JsonBuffer
{
    private const int FirstBytes = 4 << 10;

    /// <summary>A buffer that grew past this is not kept.</summary>
    private const int KeptBytesMax = 256 << 10;

    private readonly ArrayBufferWriter<byte> _bytes = new(FirstBytes);

    public JsonBuffer() => Json = new Utf8JsonWriter(_bytes, JsonText.Writing);

    public static ObjectPool<JsonBuffer> Pool { get; } = ObjectPool.Create(new Policy());

    public Utf8JsonWriter Json { get; }

    /// <summary>Bytes written and flushed.</summary>
    public int Length => _bytes.WrittenCount;

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    private sealed class Policy : PooledObjectPolicy<JsonBuffer>
    {
        public override JsonBuffer Create() => new();

        public override bool Return(JsonBuffer buffer)
        {
            if (buffer._bytes.Capacity > KeptBytesMax)
            {
                return false;
            }

            buffer._bytes.ResetWrittenCount();
            buffer.Json.Reset();
            return true;
        }
    }
}
