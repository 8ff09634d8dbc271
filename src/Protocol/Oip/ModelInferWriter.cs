using System.Buffers;
using System.Numerics;
using System.Text;
using ScoringCluster.Core;

namespace ScoringCluster.Protocol.Oip;

/// <summary>Writes a <c>ModelInferResponse</c> with raw contents.</summary>
internal static class ModelInferWriter
{
    /// <summary>Bytes of the message.</summary>
    public static int SizeOf(ModelInferAnswer answer)
    {
        var size = (long)TextSize(answer.ModelName) + TextSize(answer.ModelVersion) + TextSize(answer.Id);
        foreach (var output in answer.Outputs)
        {
            size += FieldSize(TensorSize(output)) + FieldSize(output.ByteLength);
        }

        return checked((int)size);
    }

    public static void Write(ModelInferAnswer answer, IBufferWriter<byte> writer)
    {
        WriteText(writer, 1, answer.ModelName);
        WriteText(writer, 2, answer.ModelVersion);
        WriteText(writer, 3, answer.Id);
        foreach (var output in answer.Outputs)
        {
            WriteHead(writer, 5, TensorSize(output));
            WriteText(writer, 1, output.Name);
            WriteText(writer, 2, output.Type.ProtocolName());
            WriteShape(writer, output.Shape);
        }

        foreach (var output in answer.Outputs)
        {
            WriteHead(writer, 6, output.ByteLength);
            writer.Write(output.Bytes);
        }
    }

    private static int TensorSize(Tensor tensor) =>
        TextSize(tensor.Name) + TextSize(tensor.Type.ProtocolName()) + FieldSize(ShapeSize(tensor.Shape));

    private static int ShapeSize(TensorShape shape)
    {
        var size = 0;
        foreach (var dimension in shape.Dimensions)
        {
            size += VarintSize((ulong)dimension);
        }

        return size;
    }

    private static void WriteShape(IBufferWriter<byte> writer, TensorShape shape)
    {
        WriteHead(writer, 3, ShapeSize(shape));
        foreach (var dimension in shape.Dimensions)
        {
            WriteVarint(writer, (ulong)dimension);
        }
    }

    /// <summary>An empty text is no field, as protobuf has it.</summary>
    private static int TextSize(string text) => text.Length == 0 ? 0 : FieldSize(Encoding.UTF8.GetByteCount(text));

    private static void WriteText(IBufferWriter<byte> writer, int field, string text)
    {
        if (text.Length > 0)
        {
            WriteHead(writer, field, Encoding.UTF8.GetByteCount(text));
            Encoding.UTF8.GetBytes(text, writer);
        }
    }

    /// <summary>A field of <paramref name="length"/> bytes; the numbers here all take one byte.</summary>
    private static int FieldSize(int length) => 1 + VarintSize((ulong)length) + length;

    private static void WriteHead(IBufferWriter<byte> writer, int field, int length)
    {
        WriteVarint(writer, (ulong)((field << 3) | (int)WireReader.Kind.Bytes));
        WriteVarint(writer, (ulong)length);
    }

    private static int VarintSize(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    private static void WriteVarint(IBufferWriter<byte> writer, ulong value)
    {
        var room = writer.GetSpan(VarintSize(value));
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            room[at++] = (byte)(value | 0x80);
        }

        room[at++] = (byte)value;
        writer.Advance(at);
    }
}
