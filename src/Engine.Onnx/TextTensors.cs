using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx;

/// <summary>Strings between our packed form (length, bytes) and ONNX Runtime's string tensors. The slower
/// path.</summary>
internal static class TextTensors
{
    public static OrtValue Unpack(Tensor tensor)
    {
        var value = OrtValue
            .CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, tensor.Shape.Dimensions.ToArray());
        var rest = (ReadOnlySpan<byte>)tensor.Bytes;
        for (var i = 0; i < tensor.Shape.ElementCount(); i++)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);
            value.StringTensorSetElementAt(rest.Slice(sizeof(uint), length), i);
            rest = rest[(sizeof(uint) + length)..];
        }

        return value;
    }

    public static Tensor Pack(string name, TensorShape shape, OrtValue value)
    {
        var count = (int)shape.ElementCount();
        var size = 0;
        for (var i = 0; i < count; i++)
        {
            size = checked(size + sizeof(uint) + value.GetStringElementAsSpan(i).Length);
        }

        var block = TensorBlockPool.Shared.Rent(size);
        var rest = block.Span(size);
        for (var i = 0; i < count; i++)
        {
            var text = value.GetStringElementAsSpan(i);
            BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)text.Length);
            text.CopyTo(rest[sizeof(uint)..]);
            rest = rest[(sizeof(uint) + text.Length)..];
        }

        return new Tensor(name, ElementType.Bytes, shape, block, size);
    }
}
