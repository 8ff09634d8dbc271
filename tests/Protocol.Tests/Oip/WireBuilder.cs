using System.Buffers;
using Google.Protobuf;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Protocol.Tests.Oip;

/// <summary>Messages in forms that generated types read but do not write, and in pieces as they arrive.</summary>
internal static class WireBuilder
{
    public static ModelInferRequest.Types.InferInputTensor Input(
        string type, InferTensorContents contents, params long[] shape)
    {
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = type, Contents = contents };
        input.Shape.Add(shape);
        return input;
    }

    public static byte[] Varint(int field, ulong value) =>
        Field(field, WireFormat.WireType.Varint, output => output.WriteUInt64(value));

    public static byte[] Fixed32(int field, float value) =>
        Field(field, WireFormat.WireType.Fixed32, output => output.WriteFloat(value));

    public static byte[] Fixed64(int field, double value) =>
        Field(field, WireFormat.WireType.Fixed64, output => output.WriteDouble(value));

    public static byte[] Text(int field, string value) =>
        Field(field, WireFormat.WireType.LengthDelimited, output => output.WriteString(value));

    public static byte[] Message(int field, params byte[][] fields)
    {
        byte[] message = [.. fields.SelectMany(bytes => bytes)];
        return Field(
            field, WireFormat.WireType.LengthDelimited, output => output.WriteBytes(ByteString.CopyFrom(message)));
    }

    public static ReadOnlySequence<byte> InPieces(byte[] bytes, int size)
    {
        Piece? first = null, last = null;
        for (var at = 0; at < bytes.Length; at += size)
        {
            last = new Piece(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), last);
            first ??= last;
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private static byte[] Field(int field, WireFormat.WireType type, Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream))
        {
            output.WriteTag(field, type);
            write(output);
        }

        return stream.ToArray();
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
