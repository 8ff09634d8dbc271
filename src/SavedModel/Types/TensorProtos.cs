using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Types;

/// <summary>Reads constants as they stand in a graph.</summary>
internal sealed class TensorProtos
{
    private long _unfoldedBytes;

    /// <summary>The tensor's value; <paramref name="owner"/> names the node in errors.</summary>
    /// <exception cref="SavedModelException">
    /// The declared shape and the content disagree, the type cannot be represented, or the value is written so
    /// compactly that it would take more memory than <see cref="Limits.UnfoldedConstantBytesMax"/>.
    /// </exception>
    public ConstantTensor Read(TensorProto tensor, string owner)
    {
        var type = tensor.Dtype.ToElementType() ?? throw new SavedModelException(
            $"{owner} has the type {tensor.Dtype.TensorFlowName()}, which is not supported.")
        { Unsupported = true };
        var shape = tensor.TensorShape is null ? TensorShape.Scalar : tensor.TensorShape.ToShape();
        var count = shape.CountElements(owner);
        if (type == ElementType.Bytes)
        {
            return new ConstantTensor(shape, Strings(tensor, count, owner));
        }

        if (tensor.TensorContent.Length > 0)
        {
            if (count > tensor.TensorContent.Length || tensor.TensorContent.Length != count * type.Size())
            {
                throw new SavedModelException($"{owner} declares {type.ProtocolName()}{shape} but holds "
                    + $"{tensor.TensorContent.Length} bytes.");
            }

            return new ConstantTensor(type, shape, tensor.TensorContent.Memory);
        }

        Reserve(count, type.Size(), owner);
        return new ConstantTensor(type, shape, Unfold(tensor, type, (int)count, owner));
    }

    /// <summary>Bounds what repeated values take together: a few bytes of a file may declare terabytes.</summary>
    private void Reserve(long count, int size, string owner)
    {
        if (count > (Limits.UnfoldedConstantBytesMax - _unfoldedBytes) / size)
        {
            throw new SavedModelException($"{owner} is too large: {count} elements of {size} bytes, written as a "
                + $"repeated value; such constants may take {Limits.UnfoldedConstantBytesMax} bytes together.");
        }

        _unfoldedBytes += count * size;
    }

    private static byte[] Unfold(TensorProto tensor, ElementType type, int count, string owner) => type switch
    {
        ElementType.Bool => Fill(tensor.BoolVal, count, owner, value => value ? (byte)1 : (byte)0),
        ElementType.UInt8 => Fill(tensor.IntVal, count, owner, value => (byte)value),
        ElementType.Int8 => Fill(tensor.IntVal, count, owner, value => (sbyte)value),
        ElementType.UInt16 => Fill(tensor.IntVal, count, owner, value => (ushort)value),
        ElementType.Int16 => Fill(tensor.IntVal, count, owner, value => (short)value),
        ElementType.Int32 => Fill(tensor.IntVal, count, owner, value => value),
        ElementType.UInt32 => Fill(tensor.Uint32Val, count, owner, value => value),
        ElementType.Int64 => Fill(tensor.Int64Val, count, owner, value => value),
        ElementType.UInt64 => Fill(tensor.Uint64Val, count, owner, value => value),
        ElementType.Float16 or ElementType.BFloat16 => Fill(tensor.HalfVal, count, owner, value => (ushort)value),
        ElementType.Float32 => Fill(tensor.FloatVal, count, owner, value => value),
        ElementType.Float64 => Fill(tensor.DoubleVal, count, owner, value => value),
        ElementType.Bytes => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Fewer values than elements: the last one repeats. None: zeros.</summary>
    private static byte[] Fill<TStored, TElement>(
        RepeatedField<TStored> values, int count, string owner, Func<TStored, TElement> convert)
        where TElement : unmanaged
    {
        CheckCount(values.Count, count, owner);
        var bytes = new byte[count * Marshal.SizeOf<TElement>()];
        var elements = MemoryMarshal.Cast<byte, TElement>(bytes.AsSpan());
        for (var i = 0; i < values.Count; i++)
        {
            elements[i] = convert(values[i]);
        }

        if (values.Count > 0)
        {
            elements[values.Count..].Fill(elements[values.Count - 1]);
        }

        return bytes;
    }

    private ReadOnlyMemory<byte>[] Strings(TensorProto tensor, long count, string owner)
    {
        CheckCount(tensor.StringVal.Count, count, owner);
        Reserve(count, Marshal.SizeOf<nint>() * 2, owner);
        var strings = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < tensor.StringVal.Count; i++)
        {
            strings[i] = tensor.StringVal[i].Memory;
        }

        if (tensor.StringVal.Count > 0)
        {
            strings.AsSpan(tensor.StringVal.Count..).Fill(strings[tensor.StringVal.Count - 1]);
        }

        return strings;
    }

    private static void CheckCount(int stored, long declared, string owner)
    {
        if (stored > declared)
        {
            throw new SavedModelException($"{owner} declares {declared} elements but holds {stored} values.");
        }
    }
}
