using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScoringCluster.Cli.Tests.Rescore;

/// <summary>What the command asks a service for.</summary>
[Collection(Commands.Collection)]
public sealed class RescoreCommandTests : IDisposable
{
    private readonly TcpListener _service = new(IPAddress.Loopback, 0);

    public RescoreCommandTests() => _service.Start();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("true")]
    [InlineData("true", "--deterministic", "true")]
    [InlineData("false", "--deterministic", "false")]
    public async Task Rescore_Deterministic_IsAskedFor(string expected, params string[] flags)
    {
        var asked = RefuseAsync();

        var (code, error) = await Commands.RunUntilAsync(
            ["rescore", "--model", "a", "--input", "/i", "--output", "/o", "--url",
                $"http://{_service.LocalEndpoint}", .. flags],
            Cancellation);

        Assert.Contains($"\"deterministic\":{expected}", await asked, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Failed, "not today" + Environment.NewLine), (code, error));
    }

    public void Dispose() => _service.Dispose();

    /// <summary>Answers one request with a refusal.</summary>
    /// <returns>The request.</returns>
    private async Task<string> RefuseAsync()
    {
        using var client = await _service.AcceptTcpClientAsync(Cancellation);
        var stream = client.GetStream();
        var (request, buffer) = (new StringBuilder(), new byte[4096]);
        while (!request.ToString().Contains('}', StringComparison.Ordinal))
        {
            request.Append(Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer, Cancellation)));
        }

        const string Answer = """{"error":"not today"}""";
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {Answer.Length}\r\nConnection: close\r\n\r\n{Answer}"),
            Cancellation);
        return request.ToString();
    }
}
