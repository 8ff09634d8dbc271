using System.Buffers.Text;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>
/// Where an HTTP/1.1 answer's parts stand in a buffer. Only what servers here send: a length, or chunks.
/// </summary>
internal readonly record struct HttpAnswer(int Status, int BodyStart, int Length, bool Chunked, int JsonLength)
{
    /// <returns>False while the answer is not whole.</returns>
    /// <exception cref="BenchFailedException">It is no HTTP/1.1.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out HttpAnswer answer)
    {
        answer = default;
        var head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        if (!bytes.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(bytes[9..12], out int status, out _))
        {
            throw new BenchFailedException("The server answered something that is not HTTP/1.1.");
        }

        var headers = bytes[..(head + 2)];
        var body = head + 4;
        var json = Number(headers, "\r\nInference-Header-Content-Length: "u8) ?? -1;
        if (Number(headers, "\r\nContent-Length: "u8) is { } length)
        {
            answer = new HttpAnswer(status, body, body + length, Chunked: false, json);
            return bytes.Length >= answer.Length;
        }

        var end = ChunksEnd(bytes, body);
        answer = new HttpAnswer(status, body, end, Chunked: true, json);
        return end > 0;
    }

    /// <summary>The body, chunks joined.</summary>
    public byte[] Body(ReadOnlySpan<byte> bytes)
    {
        if (!Chunked)
        {
            return bytes[BodyStart..Length].ToArray();
        }

        var body = new List<byte>();
        for (var at = BodyStart; Chunk(bytes, at, out var start) is > 0 and var size; at = start + size + 2)
        {
            body.AddRange(bytes.Slice(start, size));
        }

        return [.. body];
    }

    /// <summary>Behind the last chunk; 0 while it is not there.</summary>
    private static int ChunksEnd(ReadOnlySpan<byte> bytes, int at)
    {
        while (true)
        {
            var size = Chunk(bytes, at, out var start);
            if (size < 0 || bytes.Length < start + size + 2)
            {
                return 0;
            }

            at = start + size + 2;
            if (size == 0)
            {
                return at;
            }
        }
    }

    /// <summary>Size of the chunk that begins here; −1 where its line is not whole.</summary>
    private static int Chunk(ReadOnlySpan<byte> bytes, int at, out int start)
    {
        start = at;
        var line = at >= bytes.Length ? -1 : bytes[at..].IndexOf("\r\n"u8);
        if (line < 0)
        {
            return -1;
        }

        start = at + line + 2;
        return Utf8Parser.TryParse(bytes.Slice(at, line), out int size, out _, 'X')
            ? size
            : throw new BenchFailedException("The server answered a chunk without a size.");
    }

    private static int? Number(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name)
    {
        var at = headers.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(headers[(at + name.Length)..], out int value, out _) ? value : null;
    }
}
