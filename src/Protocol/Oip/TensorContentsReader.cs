using System.Buffers;
using ScoringCluster.Core;

namespace ScoringCluster.Protocol.Oip;

/// <summary>
/// Reads <c>InferTensorContents</c> into one block, packed as the input's datatype has its elements: what raw contents
/// would be. Goes through the contents twice, since a byte of them may be an element of eight: first to count, so that
/// what does not fit the shape or the request takes no memory.
/// </summary>
internal static class TensorContentsReader
{
    /// <summary>Sets <see cref="ModelInferInput.Contents"/>, or says why not.</summary>
    /// <param name="message">The input, of which everything but the contents was read.</param>
    /// <param name="room">What typed contents of this request may still take.</param>
    /// <exception cref="InvalidDataException">The bytes are no protobuf message.</exception>
    public static void Read(
        ReadOnlySequence<byte> message, ModelInferInput input, ref ContentsRoom room, TensorBlockPool pool)
    {
        ElementType? type = ElementTypes.TryParseProtocolName(input.DataType, out var known) ? known : null;
        var counted = new PackedElements();
        Walk(message, input, type, ref counted);
        if (!input.HasContents || input.Problem is not null || type is null
            || ElementsOf(input.Shape) is not { } expected)
        {
            // Types and shapes that are none are found when the request is held against the protocol.
            return;
        }

        if (counted.Count != expected)
        {
            input.Problem = $"{expected} elements are expected for {input.DataType} "
                + $"[{string.Join(',', input.Shape)}], got {counted.Count}";
            return;
        }

        if (room.TryTake(counted.Bytes))
        {
            Pack(message, input, type.Value, pool.Rent((int)counted.Bytes), (int)counted.Bytes);
        }
    }

    private static void Pack(
        ReadOnlySequence<byte> message, ModelInferInput input, ElementType type, TensorBlock block, int length)
    {
        var contents = new WireBytes(block, length);
        try
        {
            var packed = new PackedElements(block.Span(length));
            Walk(message, input, type, ref packed);
            input.Contents = input.Problem is null ? contents : null;
        }
        finally
        {
            if (input.Contents is null)
            {
                contents.Dispose();
            }
        }
    }

    /// <summary>Elements of a shape; null where a tensor cannot have it.</summary>
    private static long? ElementsOf(List<long> shape)
    {
        var count = 1L;
        foreach (var dimension in shape)
        {
            if (dimension is < 0 or > int.MaxValue || (count *= dimension) > int.MaxValue)
            {
                return null;
            }
        }

        return count;
    }

    /// <summary>All elements, of however many contents: protobuf joins those of a message that comes twice.</summary>
    private static void Walk(
        ReadOnlySequence<byte> message, ModelInferInput input, ElementType? type, ref PackedElements packed)
    {
        var outer = new WireReader(message);
        while (outer.Next(out var field, out var kind))
        {
            if ((field, kind) == (5, WireReader.Kind.Bytes))
            {
                WalkContents(new WireReader(outer.Bytes()), input, type, ref packed);
            }
            else
            {
                outer.Skip(kind);
            }
        }
    }

    private static void WalkContents(
        WireReader reader, ModelInferInput input, ElementType? type, ref PackedElements packed)
    {
        (int Number, string Name)? wanted = type is null ? null : FieldOf(type.Value);
        while (reader.Next(out var field, out var kind))
        {
            var isElements = field is >= 1 and <= 8;
            input.HasContents |= isElements;
            if (type is { } known && field == wanted?.Number)
            {
                if (!Append(ref reader, kind, known, ref packed))
                {
                    input.Problem ??= $"a number is no {input.DataType}";
                }

                continue;
            }

            reader.Skip(kind);
            if (isElements && type is not null)
            {
                input.Problem ??= wanted is null
                    ? $"{input.DataType} travels as raw contents only"
                    : $"elements of {input.DataType} are expected in {wanted.Value.Name}, "
                        + $"got field {field} of the contents";
            }
        }
    }

    private static (int Number, string Name)? FieldOf(ElementType type) => type switch
    {
        ElementType.Bool => (1, "bool_contents"),
        ElementType.Int8 or ElementType.Int16 or ElementType.Int32 => (2, "int_contents"),
        ElementType.Int64 => (3, "int64_contents"),
        ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 => (4, "uint_contents"),
        ElementType.UInt64 => (5, "uint64_contents"),
        ElementType.Float32 => (6, "fp32_contents"),
        ElementType.Float64 => (7, "fp64_contents"),
        ElementType.Bytes => (8, "bytes_contents"),
        ElementType.Float16 or ElementType.BFloat16 => null,
    };

    /// <summary>One element, or, in the packed form, all of them.</summary>
    /// <returns>False where a number does not fit the type.</returns>
    private static bool Append(
        ref WireReader reader, WireReader.Kind kind, ElementType type, ref PackedElements packed)
    {
        switch (kind)
        {
            case WireReader.Kind.Bytes when type == ElementType.Bytes:
                packed.AddText(reader.Bytes());
                return true;
            case WireReader.Kind.Bytes when type is ElementType.Float32 or ElementType.Float64:
                return packed.AddAll(reader.Bytes(), type.Size());
            case WireReader.Kind.Bytes:
                return AppendPacked(reader.Bytes(), type, ref packed);
            case WireReader.Kind.Varint when type is not (ElementType.Float32 or ElementType.Float64
                or ElementType.Bytes):
                return Append(reader.Varint(), type, ref packed);
            case WireReader.Kind.Fixed32 when type == ElementType.Float32:
                return packed.Add(reader.Fixed32());
            case WireReader.Kind.Fixed64 when type == ElementType.Float64:
                return packed.Add(reader.Fixed64());
            default:
                reader.Skip(kind);
                return false;
        }
    }

    private static bool AppendPacked(ReadOnlySequence<byte> varints, ElementType type, ref PackedElements packed)
    {
        if (!packed.Writes)
        {
            packed.CountVarints(varints, type.Size());
            return true;
        }

        var reader = new WireReader(varints);
        while (reader.NextPacked(out var value))
        {
            if (!Append(value, type, ref packed))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Append(ulong value, ElementType type, ref PackedElements packed)
    {
        var signed = (long)value;
        switch (type)
        {
            case ElementType.Bool:
                return packed.Add((byte)(value != 0 ? 1 : 0));
            case ElementType.Int8:
                return signed is >= sbyte.MinValue and <= sbyte.MaxValue && packed.Add((sbyte)signed);
            case ElementType.Int16:
                return signed is >= short.MinValue and <= short.MaxValue && packed.Add((short)signed);
            case ElementType.Int32:
                return packed.Add((int)signed);
            case ElementType.Int64:
                return packed.Add(signed);
            case ElementType.UInt8:
                return value <= byte.MaxValue && packed.Add((byte)value);
            case ElementType.UInt16:
                return value <= ushort.MaxValue && packed.Add((ushort)value);
            case ElementType.UInt32:
                return packed.Add((uint)value);
            default:
                return packed.Add(value);
        }
    }
}
