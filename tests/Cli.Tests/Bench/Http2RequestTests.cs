using System.Buffers.Binary;
using ScoringCluster.Cli.Bench.Load;

namespace ScoringCluster.Cli.Tests.Bench;

public sealed class Http2RequestTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(16_379, 1)]
    [InlineData(16_380, 2)]
    [InlineData(40_000, 3)]
    public void Frames_OfAMessage_AreHeadersThenDataThatEndsTheStream(int length, int dataFrames)
    {
        var message = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var request = new Http2Request("127.0.0.1:1", "/a/b", message);
        request.SetStream(7);

        var frames = Enumerable.Range(0, request.Heads.Count)
            .Select(i => Http2Frame.Read(request.Frames(i, i + 1).Span)).ToList();
        var body = Enumerable.Range(1, dataFrames)
            .SelectMany(i => request.Frames(i, i + 1).Span[Http2Frame.HeadBytes..].ToArray()).ToArray();
        Assert.Equal(1 + dataFrames, frames.Count);
        Assert.All(frames, frame => Assert.Equal(7, frame.Stream));
        Assert.Equal((Http2Frame.Headers, Http2Frame.EndHeaders), (frames[0].Type, frames[0].Flags));
        Assert.All(frames.Skip(1), frame => Assert.Equal(Http2Frame.Data, frame.Type));
        Assert.Equal(Http2Frame.EndStream, frames[^1].Flags);
        Assert.All(frames[1..^1], frame => Assert.Equal(0, frame.Flags));
        Assert.Equal((uint)length, BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)));
        Assert.Equal(message, body[5..]);
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheFrame()
    {
        var frame = new Http2Frame(0x012345, Http2Frame.Data, Http2Frame.EndStream, 0x01020304);
        var head = new byte[Http2Frame.HeadBytes];
        frame.Write(head);

        Assert.Equal(frame, Http2Frame.Read(head));
    }
}
