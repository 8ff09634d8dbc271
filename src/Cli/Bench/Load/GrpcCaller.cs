using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>
/// One connection of HTTP/2 and one call at a time on it. It knows as much of the protocol as that needs: frames, flow
/// control, no header is read. An answer counts when the stream ended with a whole message: a call that fails has none.
/// </summary>
internal sealed class GrpcCaller : IBenchCaller
{
    private const int WindowDefault = 65_535;
    private const int OwnWindow = 1 << 30;

    private readonly Socket _socket;
    private readonly Http2Request _request;
    private readonly string _target;
    private readonly Func<ReadOnlyMemory<byte>, IReadOnlyList<float[]>> _read;
    private byte[] _buffer = new byte[32 << 10];
    private byte[] _message = new byte[4 << 10];
    private int _start;
    private int _end;
    private int _stream = -1;
    private int _messageLength;
    private bool _ended;
    private long _received;
    private long _connectionWindow = WindowDefault;
    private long _streamWindow;
    private long _streamWindowFirst = WindowDefault;

    private GrpcCaller(
        Socket socket, Http2Request request, string target, Func<ReadOnlyMemory<byte>, IReadOnlyList<float[]>> read)
    {
        _socket = socket;
        _request = request;
        _target = target;
        _read = read;
    }

    public static async Task<IBenchCaller> ConnectAsync(
        BenchTarget target, string path, byte[] message, Func<ReadOnlyMemory<byte>, IReadOnlyList<float[]>> read,
        CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, target.Grpc!.Port, cancellationToken);
            var caller = new GrpcCaller(
                socket, new Http2Request(target.Grpc.Authority, path, message), target.Name, read);
            await caller.SendAsync(Preface());
            return caller;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask CallAsync()
    {
        _stream += 2;
        (_streamWindow, _messageLength, _ended) = (_streamWindowFirst, 0, false);
        _request.SetStream(_stream);
        for (var sent = 0; sent < _request.Heads.Count;)
        {
            var first = sent;
            for (; sent < _request.Heads.Count && TryTakeWindow(sent); sent++)
            {
            }

            if (sent > first)
            {
                await SendAsync(_request.Frames(first, sent));
            }
            else
            {
                await ReceiveAsync();
            }
        }

        while (!_ended)
        {
            await ReceiveAsync();
        }

        if (_messageLength < 1 + sizeof(uint)
            || BinaryPrimitives.ReadUInt32BigEndian(_message.AsSpan(1)) != _messageLength - 1 - sizeof(uint))
        {
            throw new BenchFailedException($"{_target} ended the gRPC call without a message.");
        }

        await RestoreWindowAsync();
    }

    public IReadOnlyList<float[]> ReadAnswer() => _read(_message.AsMemory((1 + sizeof(uint)).._messageLength));

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>No table of headers, no pushes, and room for every answer.</summary>
    private static byte[] Preface()
    {
        byte[] settings = [0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0x40, 0, 0, 0];
        using var preface = new MemoryStream();
        preface.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        preface.Write(Frame(Http2Frame.Settings, 0, settings));
        preface.Write(Frame(Http2Frame.WindowUpdate, 0, BigEndian(OwnWindow)));
        return preface.ToArray();
    }

    private static byte[] Frame(byte type, byte flags, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[Http2Frame.HeadBytes + payload.Length];
        new Http2Frame(payload.Length, type, flags, 0).Write(frame);
        payload.CopyTo(frame.AsSpan(Http2Frame.HeadBytes));
        return frame;
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>Headers always go; data goes while both windows have room.</summary>
    private bool TryTakeWindow(int frame)
    {
        var bytes = frame == 0 ? 0 : _request.DataBytes(frame);
        if (bytes > Math.Min(_connectionWindow, _streamWindow))
        {
            return false;
        }

        _connectionWindow -= bytes;
        _streamWindow -= bytes;
        return true;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveAsync()
    {
        if (_end == _buffer.Length)
        {
            // What is left of a frame moves to the front, into twice the room where it has the whole.
            var larger = _start == 0 ? new byte[2 * _buffer.Length] : _buffer;
            _buffer.AsSpan(_start.._end).CopyTo(larger);
            (_buffer, _start, _end) = (larger, 0, _end - _start);
        }

        var received = await _socket.ReceiveAsync(_buffer.AsMemory(_end));
        if (received == 0)
        {
            throw new BenchFailedException($"{_target} closed the connection.");
        }

        _end += received;
        while (TryTakeFrame(out var frame, out var payload))
        {
            if (Take(frame, payload.Span) is { } answer)
            {
                await SendAsync(answer);
            }
        }

        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
    }

    private bool TryTakeFrame(out Http2Frame frame, out ReadOnlyMemory<byte> payload)
    {
        (frame, payload) = (default, default);
        if (_end - _start < Http2Frame.HeadBytes)
        {
            return false;
        }

        frame = Http2Frame.Read(_buffer.AsSpan(_start));
        if (_end - _start < Http2Frame.HeadBytes + frame.Length)
        {
            return false;
        }

        payload = _buffer.AsMemory(_start + Http2Frame.HeadBytes, frame.Length);
        _start += Http2Frame.HeadBytes + frame.Length;
        return true;
    }

    /// <returns>What has to be sent back.</returns>
    private byte[]? Take(Http2Frame frame, ReadOnlySpan<byte> payload)
    {
        switch (frame.Type)
        {
            case Http2Frame.Data:
                Append(payload);
                _ended |= (frame.Flags & Http2Frame.EndStream) != 0;
                return null;
            case Http2Frame.Headers:
                _ended |= (frame.Flags & Http2Frame.EndStream) != 0;
                return null;
            case Http2Frame.WindowUpdate:
                var more = BinaryPrimitives.ReadInt32BigEndian(payload);
                _connectionWindow += frame.Stream == 0 ? more : 0;
                _streamWindow += frame.Stream == _stream ? more : 0;
                return null;
            case Http2Frame.Settings when (frame.Flags & Http2Frame.Ack) == 0:
                TakeSettings(payload);
                return Frame(Http2Frame.Settings, Http2Frame.Ack, []);
            case Http2Frame.Ping when (frame.Flags & Http2Frame.Ack) == 0:
                return Frame(Http2Frame.Ping, Http2Frame.Ack, payload);
            case Http2Frame.Reset or Http2Frame.GoAway:
                throw new BenchFailedException($"{_target} gave the gRPC call up (frame {frame.Type}).");
            default:
                return null;
        }
    }

    private void TakeSettings(ReadOnlySpan<byte> settings)
    {
        for (; settings.Length >= 6; settings = settings[6..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(settings) == 4)
            {
                // It counts for a stream that is already open too.
                var window = BinaryPrimitives.ReadInt32BigEndian(settings[2..]);
                _streamWindow += window - _streamWindowFirst;
                _streamWindowFirst = window;
            }
        }
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        if (_messageLength + data.Length > _message.Length)
        {
            Array.Resize(ref _message, 2 * (_messageLength + data.Length));
        }

        data.CopyTo(_message.AsSpan(_messageLength));
        _messageLength += data.Length;
        _received += data.Length;
    }

    /// <summary>The connection's own window is so large that it is seldom filled up again.</summary>
    private async ValueTask RestoreWindowAsync()
    {
        if (_received > OwnWindow / 2)
        {
            await SendAsync(Frame(Http2Frame.WindowUpdate, 0, BigEndian((int)_received)));
            _received = 0;
        }
    }
}
