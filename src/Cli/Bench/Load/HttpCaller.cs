using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>
/// One kept connection and one request, whole in memory: sent, and the answer read to its end. A client shares the
/// machine with the server that it measures, so it does as little as it can.
/// </summary>
internal sealed class HttpCaller : IBenchCaller
{
    private readonly Socket _socket;
    private readonly byte[] _request;
    private readonly string _target;
    private readonly Func<ReadOnlyMemory<byte>, int, IReadOnlyList<float[]>> _read;
    private byte[] _buffer = new byte[16 << 10];
    private HttpAnswer _answer;

    private HttpCaller(
        Socket socket, byte[] request, string target, Func<ReadOnlyMemory<byte>, int, IReadOnlyList<float[]>> read)
    {
        _socket = socket;
        _request = request;
        _target = target;
        _read = read;
    }

    /// <param name="read">From a body, and the length of its JSON part where it has two, to numbers.</param>
    public static async Task<IBenchCaller> ConnectAsync(
        BenchTarget target, byte[] request, Func<ReadOnlyMemory<byte>, int, IReadOnlyList<float[]>> read,
        CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, target.Http.Port, cancellationToken);
            return new HttpCaller(socket, request, target.Name, read);
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
        for (var sent = 0; sent < _request.Length;)
        {
            sent += await _socket.SendAsync(_request.AsMemory(sent));
        }

        var read = 0;
        do
        {
            if (read == _buffer.Length)
            {
                Array.Resize(ref _buffer, 2 * _buffer.Length);
            }

            var received = await _socket.ReceiveAsync(_buffer.AsMemory(read));
            if (received == 0)
            {
                throw new BenchFailedException($"{_target} closed the connection.");
            }

            read += received;
        }
        while (!HttpAnswer.TryRead(_buffer.AsSpan(0, read), out _answer));
        if (_answer.Status != (int)HttpStatusCode.OK)
        {
            throw new BenchFailedException(
                $"{_target} answered {_answer.Status}: {Encoding.UTF8.GetString(_answer.Body(_buffer))}");
        }
    }

    public IReadOnlyList<float[]> ReadAnswer() => _read(_answer.Body(_buffer), _answer.JsonLength);

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
