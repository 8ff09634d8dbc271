using System.Buffers.Binary;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>The nine bytes before every frame of HTTP/2.</summary>
internal readonly record struct Http2Frame(int Length, byte Type, byte Flags, int Stream)
{
    public const int HeadBytes = 9;

    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;

    /// <summary>On DATA and HEADERS the stream ends; on SETTINGS and PING it is an answer.</summary>
    public const byte EndStream = 1;

    public const byte Ack = 1;

    public const byte EndHeaders = 4;

    public static Http2Frame Read(ReadOnlySpan<byte> head) => new(
        (head[0] << 16) | (head[1] << 8) | head[2], head[3], head[4],
        (int)(BinaryPrimitives.ReadUInt32BigEndian(head[5..]) & int.MaxValue));

    public void Write(Span<byte> head)
    {
        (head[0], head[1], head[2]) = ((byte)(Length >> 16), (byte)(Length >> 8), (byte)Length);
        (head[3], head[4]) = (Type, Flags);
        WriteStream(head, Stream);
    }

    public static void WriteStream(Span<byte> head, int stream) =>
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
}
