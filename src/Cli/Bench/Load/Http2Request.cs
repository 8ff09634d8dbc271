using System.Buffers.Binary;
using System.Text;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>
/// A gRPC call as frames of HTTP/2, made once: for the next call only the stream's number changes in them.
/// </summary>
internal sealed class Http2Request
{
    /// <summary>The largest frame that every server takes.</summary>
    private const int FrameBytesMax = 16 << 10;

    private readonly byte[] _bytes;
    private readonly List<int> _heads;

    public Http2Request(string authority, string path, ReadOnlySpan<byte> message)
    {
        var headers = Headers(authority, path);
        var body = new byte[1 + sizeof(uint) + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(1), (uint)message.Length);
        message.CopyTo(body.AsSpan(1 + sizeof(uint)));

        using var frames = new MemoryStream();
        _heads = [];
        Append(frames, Http2Frame.Headers, Http2Frame.EndHeaders, headers);
        for (var at = 0; at < body.Length; at += FrameBytesMax)
        {
            var part = body.AsSpan(at, Math.Min(FrameBytesMax, body.Length - at));
            var isLast = at + part.Length == body.Length;
            Append(frames, Http2Frame.Data, isLast ? Http2Frame.EndStream : (byte)0, part);
        }

        _bytes = frames.ToArray();
    }

    /// <summary>Where the frames begin: headers first, then data.</summary>
    public IReadOnlyList<int> Heads => _heads;

    public void SetStream(int stream)
    {
        foreach (var head in _heads)
        {
            Http2Frame.WriteStream(_bytes.AsSpan(head), stream);
        }
    }

    /// <summary>Frames from one to before another.</summary>
    public ReadOnlyMemory<byte> Frames(int first, int end) =>
        _bytes.AsMemory(_heads[first]..(end < _heads.Count ? _heads[end] : _bytes.Length));

    /// <summary>Bytes of a data frame that flow control counts.</summary>
    public int DataBytes(int frame) => Frames(frame, frame + 1).Length - Http2Frame.HeadBytes;

    private void Append(MemoryStream frames, byte type, byte flags, ReadOnlySpan<byte> payload)
    {
        _heads.Add((int)frames.Position);
        Span<byte> head = stackalloc byte[Http2Frame.HeadBytes];
        new Http2Frame(payload.Length, type, flags, 0).Write(head);
        frames.Write(head);
        frames.Write(payload);
    }

    /// <summary>HPACK without its tables: names by their number where they have one, values as they are.</summary>
    private static byte[] Headers(string authority, string path)
    {
        using var block = new MemoryStream();
        block.Write([0x83, 0x86]); // :method POST, :scheme http
        block.WriteByte(0x04); // :path
        WriteText(block, path);
        block.WriteByte(0x01); // :authority
        WriteText(block, authority);
        block.Write([0x0f, 0x10]); // content-type
        WriteText(block, "application/grpc");
        block.WriteByte(0x00);
        WriteText(block, "te");
        WriteText(block, "trailers");
        return block.ToArray();
    }

    /// <summary>Shorter than 127 bytes, so that the length is one byte.</summary>
    private static void WriteText(MemoryStream block, string text)
    {
        block.WriteByte(checked((byte)(text.Length < 127 ? text.Length : throw new OverflowException(text))));
        block.Write(Encoding.ASCII.GetBytes(text));
    }
}
