using System.Buffers;
using System.Text;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Tensors;

/// <summary>
/// Tensors on the wire: name, type and shape, then the bytes in use, read straight into a pooled block. The reader owns
/// the block; the writer keeps its own until the call has ended.
/// </summary>
[RegisterSerializer]
public sealed class TensorCodec : IFieldCodec<Tensor>
{
    public void WriteField<TBufferWriter>(
        ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, Tensor? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
        {
            return;
        }

        var name = Encoding.UTF8.GetBytes(value!.Name);
        var header = sizeof(uint) + name.Length + sizeof(uint) + sizeof(uint) + (value.Shape.Rank * sizeof(long));
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(Tensor), WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)checked(header + value.ByteLength));
        writer.WriteUInt32((uint)name.Length);
        writer.Write(name);
        writer.WriteUInt32((uint)value.Type);
        writer.WriteUInt32((uint)value.Shape.Rank);
        foreach (var dimension in value.Shape.Dimensions)
        {
            writer.WriteInt64(dimension);
        }

        writer.Write(value.Bytes);
    }

    public Tensor ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
        {
            return ReferenceCodec.ReadReference<Tensor, TInput>(ref reader, field)!;
        }

        field.EnsureWireType(WireType.LengthPrefixed);
        var total = (int)reader.ReadVarUInt32();
        var start = reader.Position;
        var name = Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadUInt32()));
        var type = (ElementType)reader.ReadUInt32();
        var dimensions = new long[Math.Min(reader.ReadUInt32(), Limits.TensorRankMax)];
        for (var axis = 0; axis < dimensions.Length; axis++)
        {
            dimensions[axis] = reader.ReadInt64();
        }

        var length = total - (int)(reader.Position - start);
        var block = TensorBlockPool.Shared.Rent(length);
        reader.ReadBytes(block.Span(length));
        var tensor = new Tensor(name, type, TensorShape.Of(dimensions), block, length);
        ReferenceCodec.RecordObject(reader.Session, tensor);
        return tensor;
    }
}

/// <summary>Within a process a tensor is handed over, not copied.</summary>
[RegisterCopier]
public sealed class TensorCopier : IDeepCopier<Tensor>
{
    public Tensor? DeepCopy(Tensor? input, CopyContext context) => input;
}
