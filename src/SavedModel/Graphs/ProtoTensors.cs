using System.Runtime.InteropServices;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>TensorFlow's tensor and shape messages as ours.</summary>
public static class ProtoTensors
{
    /// <summary>Bytes of one constant: beyond it a few bytes in the file are taken for a memory bomb.</summary>
    private const long ConstantBytesMax = int.MaxValue;

    /// <summary>An absent shape is unknown, a present one without dimensions is a scalar.</summary>
    public static TensorShape Shape(TensorShapeProto? shape) => shape is null || shape.UnknownRank
        ? TensorShape.UnknownRank
        : TensorShape.Of([.. shape.Dim.Select(d => d.Size < 0 ? TensorShape.Any : d.Size)]);

    /// <exception cref="SavedModelException">A dimension is negative or the bytes exceed what one constant may have.</exception>
    public static long ByteCount(ElementType type, TensorShape shape, string what)
    {
        try
        {
            if (!shape.IsStatic)
            {
                throw new SavedModelException($"'{what}' has no fixed shape: {shape}.");
            }

            var bytes = checked(shape.ElementCount() * Math.Max(1, type.Size()));
            return bytes <= ConstantBytesMax
                ? bytes
                : throw new SavedModelException($"'{what}' is too large: {shape} has {bytes} bytes, the limit is {ConstantBytesMax}.");
        }
        catch (OverflowException e)
        {
            throw new SavedModelException($"'{what}' is too large: {shape} has more elements than fit any memory.", e);
        }
    }

    /// <param name="what">The node that holds the tensor: errors name it.</param>
    public static ConstantTensor Read(TensorProto tensor, string what)
    {
        var shape = Shape(tensor.TensorShape ?? new TensorShapeProto());
        var type = DataTypes.ElementTypeOf(tensor.Dtype) ?? throw new SavedModelException(
            $"Constant '{what}' has the type {DataTypes.NameOf(tensor.Dtype)}, which is not supported.")
        { Unsupported = true };
        var byteCount = ByteCount(type, shape, what);
        if (type == ElementType.Bytes)
        {
            return new ConstantTensor(shape, Repeat(tensor.StringVal.Select(s => s.Memory).ToList(), (int)shape.ElementCount()));
        }

        if (tensor.TensorContent.Length > 0)
        {
            return tensor.TensorContent.Length == byteCount
                ? new ConstantTensor(type, shape, tensor.TensorContent.Memory)
                : throw new SavedModelException(
                    $"Constant '{what}' is corrupt: {type.ProtocolName()}{shape} does not have {tensor.TensorContent.Length} bytes.");
        }

        var bytes = new byte[byteCount];
        Fill(bytes, Values(tensor, type), type.Size(), what);
        return new ConstantTensor(type, shape, bytes);
    }

    /// <summary>Fewer values than elements means that the last one repeats; none means zeros.</summary>
    private static void Fill(Span<byte> target, ReadOnlySpan<byte> values, int size, string what)
    {
        if (values.Length > target.Length)
        {
            throw new SavedModelException($"Constant '{what}' is corrupt: it has more values than elements.");
        }

        values.CopyTo(target);
        if (values.Length == 0)
        {
            return;
        }

        var last = values[^size..];
        for (var at = values.Length; at < target.Length; at += size)
        {
            last.CopyTo(target[at..]);
        }
    }

    private static List<ReadOnlyMemory<byte>> Repeat(List<ReadOnlyMemory<byte>> values, int count)
    {
        var last = values.Count > 0 ? values[^1] : ReadOnlyMemory<byte>.Empty;
        while (values.Count < count)
        {
            values.Add(last);
        }

        return values;
    }

    private static byte[] Values(TensorProto tensor, ElementType type) => type switch
    {
        ElementType.Float32 => Pack(tensor.FloatVal),
        ElementType.Float64 => Pack(tensor.DoubleVal),
        ElementType.Int64 => Pack(tensor.Int64Val),
        ElementType.UInt32 => Pack(tensor.Uint32Val),
        ElementType.UInt64 => Pack(tensor.Uint64Val),
        ElementType.Int32 => Pack(tensor.IntVal),
        ElementType.Bool => Pack(tensor.BoolVal.Select(b => (byte)(b ? 1 : 0))),
        ElementType.Int8 or ElementType.UInt8 => Pack(tensor.IntVal.Select(i => unchecked((byte)i))),
        ElementType.Int16 or ElementType.UInt16 => Pack(tensor.IntVal.Select(i => unchecked((ushort)i))),
        ElementType.Float16 or ElementType.BFloat16 => Pack(tensor.HalfVal.Select(i => unchecked((ushort)i))),
        ElementType.Bytes => [],
    };

    private static byte[] Pack<T>(IEnumerable<T> values)
        where T : unmanaged => BitConverter.IsLittleEndian
            ? MemoryMarshal.AsBytes(values.ToArray().AsSpan()).ToArray()
            : throw new PlatformNotSupportedException("Tensors are little-endian, and so must the machine be.");
}
