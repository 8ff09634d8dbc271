using System.Text;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>
/// The parts of a form (RFC 7578) that lies whole in memory: each is found where it stands, none is copied.
/// </summary>
internal ref struct MultipartParts
{
    private const int HeaderBytesMax = 8 << 10;

    private readonly ReadOnlySpan<byte> _body;
    private readonly byte[] _delimiter;
    private int _at;
    private bool _started;

    public MultipartParts(ReadOnlySpan<byte> body, string boundary)
    {
        _body = body;
        _delimiter = Encoding.UTF8.GetBytes("\r\n--" + boundary);
    }

    /// <summary>Why the form cannot be read (on).</summary>
    public string? Problem { get; private set; }

    /// <summary>The part's <c>Content-Disposition</c>; null where it has none.</summary>
    public string? Disposition { get; private set; }

    /// <summary>Where the part's content begins.</summary>
    public int Offset { get; private set; }

    public int Length { get; private set; }

    /// <summary>Moves to the next part; false behind the last one and where there is a problem.</summary>
    public bool Next()
    {
        if (!_started)
        {
            _started = true;
            if (!Start())
            {
                return false;
            }
        }

        // Here the position is right behind a delimiter.
        if (_body[_at..].StartsWith("--"u8))
        {
            return false;
        }

        SkipPadding();
        if (!_body[_at..].StartsWith("\r\n"u8))
        {
            Problem = $"the boundary at byte {_at} is not followed by a line end";
            return false;
        }

        return ReadHeaders() && ReadContent();
    }

    private bool Start()
    {
        var bare = _delimiter.AsSpan(2);
        if (_body.StartsWith(bare))
        {
            _at = bare.Length;
            return true;
        }

        var found = FindDelimiter(0);
        if (found < 0)
        {
            Problem = "its boundary does not occur in the body";
            return false;
        }

        _at = found + _delimiter.Length;
        return true;
    }

    /// <summary>From the line end before the first header to the empty line behind the last.</summary>
    private bool ReadHeaders()
    {
        var rest = _body[_at..];
        var length = rest[..Math.Min(rest.Length, HeaderBytesMax)].IndexOf("\r\n\r\n"u8);
        if (length < 0)
        {
            Problem = $"the headers of the part at byte {_at} do not end within {HeaderBytesMax} bytes";
            return false;
        }

        Disposition = null;
        foreach (var line in Encoding.UTF8.GetString(rest[..length]).Split("\r\n"))
        {
            const string name = "Content-Disposition:";
            if (line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                Disposition = line[name.Length..].Trim();
            }
        }

        _at += length + "\r\n\r\n".Length;
        return true;
    }

    private bool ReadContent()
    {
        var end = FindDelimiter(_at);
        if (end < 0)
        {
            Problem = $"it ends within the part at byte {_at}";
            return false;
        }

        Offset = _at;
        Length = end - _at;
        _at = end + _delimiter.Length;
        return true;
    }

    private readonly int FindDelimiter(int from)
    {
        while (true)
        {
            var found = _body[from..].IndexOf(_delimiter);
            if (found < 0)
            {
                return -1;
            }

            // Content may hold what begins like the boundary and goes on otherwise.
            from += found;
            var behind = _body[(from + _delimiter.Length)..];
            if (behind.StartsWith("--"u8) || behind.StartsWith("\r\n"u8) || behind is [(byte)' ' or (byte)'\t', ..])
            {
                return from;
            }

            from += _delimiter.Length;
        }
    }

    private void SkipPadding()
    {
        while (_at < _body.Length && _body[_at] is (byte)' ' or (byte)'\t')
        {
            _at++;
        }
    }
}
