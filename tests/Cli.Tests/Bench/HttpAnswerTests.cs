using System.Text;
using ScoringCluster.Cli.Bench;
using ScoringCluster.Cli.Bench.Load;

namespace ScoringCluster.Cli.Tests.Bench;

/// <summary>A client that stops too early or waits too long measures something else.</summary>
public sealed class HttpAnswerTests
{
    private const string Chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n";

    private const string Counted =
        "HTTP/1.1 200 OK\r\nInference-Header-Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}\r\n!";

    [Theory]
    [InlineData(Chunked, "abcdef", -1)]
    [InlineData(Counted, "{}\r\n!", 2)]
    public void TryRead_WholeAnswer_HasItsBody(string text, string body, int jsonLength)
    {
        var bytes = Encoding.ASCII.GetBytes(text);

        Assert.True(HttpAnswer.TryRead(bytes, out var answer));
        Assert.Equal(200, answer.Status);
        Assert.Equal(bytes.Length, answer.Length);
        Assert.Equal(jsonLength, answer.JsonLength);
        Assert.Equal(body, Encoding.ASCII.GetString(answer.Body(bytes)));
    }

    [Theory]
    [InlineData(Chunked)]
    [InlineData(Counted)]
    public void TryRead_AnswerCutAnywhere_IsNotWhole(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);

        Assert.All(
            Enumerable.Range(0, bytes.Length),
            length => Assert.False(HttpAnswer.TryRead(bytes.AsSpan(0, length), out _)));
    }

    [Fact]
    public void TryRead_OtherProtocol_Fails() =>
        Assert.Throws<BenchFailedException>(() => HttpAnswer.TryRead("SSH-2.0-x\r\n\r\n"u8, out _));
}
