using System.Buffers;
using System.Text;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Tensors;

/// <summary>
/// Tensors on the wire: name, type and shape, then the bytes in use, read straight into a pooled block. Writing hands
/// the tensor over, as a call within the process does: its block goes back to the pool once its bytes are in the
/// message, and the reader owns a block of its own. A message that is never written leaves its blocks to the finalizer.
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
        value.Dispose();
    }

    /// <exception cref="InvalidDataException">The bytes are no tensor: sizes contradict each other.</exception>
    public Tensor ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
        {
            return ReferenceCodec.ReadReference<Tensor, TInput>(ref reader, field)!;
        }

        field.EnsureWireType(WireType.LengthPrefixed);
        var total = reader.ReadVarUInt32();
        var start = reader.Position;
        var nameLength = reader.ReadUInt32();
        Require(nameLength <= total, "its name is longer than itself");
        var name = Encoding.UTF8.GetString(reader.ReadBytes(nameLength));
        var type = (ElementType)reader.ReadUInt32();
        Require(Enum.IsDefined(type), $"its element type {(int)type} does not exist");
        var rank = reader.ReadUInt32();
        Require(rank <= Limits.TensorRankMax, $"it has {rank} dimensions, at most {Limits.TensorRankMax} are allowed");
        var dimensions = new long[rank];
        for (var axis = 0; axis < dimensions.Length; axis++)
        {
            dimensions[axis] = reader.ReadInt64();
        }

        // The size is checked against the shape before memory is taken: engines trust a tensor's shape.
        var shape = TensorShape.Of(dimensions);
        var length = total - (reader.Position - start);
        Require(length >= 0 && length <= Limits.MessageBytesMax, $"its size of {length} bytes is not possible");
        Require(IsSizeOf(type, dimensions, length), $"{length} bytes are not those of {type} {shape}");
        var block = TensorBlockPool.Shared.Rent((int)length);
        reader.ReadBytes(block.Span((int)length));
        var tensor = new Tensor(name, type, shape, block, (int)length);
        ReferenceCodec.RecordObject(reader.Session, tensor);
        return tensor;
    }

    private static bool IsSizeOf(ElementType type, long[] dimensions, long length)
    {
        Int128 elements = 1;
        foreach (var dimension in dimensions)
        {
            if (dimension < 0)
            {
                return false;
            }

            // Held below overflow: past this many elements only a dimension of zero can still make the size right.
            elements = Int128.Min(elements * dimension, long.MaxValue);
        }

        return type == ElementType.Bytes || elements * type.Size() == length;
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidDataException($"A message holds a tensor that cannot be: {problem}.");
        }
    }
}

/// <summary>Within a process a tensor is handed over, not copied.</summary>
[RegisterCopier]
public sealed class TensorCopier : IDeepCopier<Tensor>
{
    public Tensor? DeepCopy(Tensor? input, CopyContext context) => input;
}
