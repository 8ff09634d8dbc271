using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.Protocol.Oip;

/// <summary>
/// Reads <c>InferTensorContents</c> into one block, packed as the input's datatype has its elements: what raw contents
/// would be.
/// </summary>
internal static class TensorContentsReader
{
    /// <summary>Sets <see cref="ModelInferInput.Contents"/>, or <see cref="ModelInferInput.Problem"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are no protobuf message.</exception>
    public static void Read(ReadOnlySequence<byte> contents, ModelInferInput input, TensorBlockPool pool)
    {
        if (!ElementTypes.TryParseProtocolName(input.DataType, out var type))
        {
            // The request is held against the protocol's types as a whole later.
            return;
        }

        if (FieldOf(type) is not { } wanted)
        {
            input.Problem = $"{input.DataType} travels as raw contents only";
            return;
        }

        var packed = new ArrayBufferWriter<byte>();
        var reader = new WireReader(contents);
        var any = false;
        while (reader.Next(out var field, out var kind))
        {
            if (field != wanted.Number)
            {
                input.Problem ??= field is >= 1 and <= 8
                    ? $"elements of {input.DataType} are expected in {wanted.Name}, got field {field} of the contents"
                    : null;
                reader.Skip(kind);
                continue;
            }

            any = true;
            if (!Append(ref reader, kind, type, packed))
            {
                input.Problem ??= $"a number is no {input.DataType}";
            }
        }

        if (input.Problem is null && any)
        {
            var block = pool.Rent(packed.WrittenCount);
            packed.WrittenSpan.CopyTo(block.Span(packed.WrittenCount));
            input.Contents = new WireBytes(block, packed.WrittenCount);
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
        ref WireReader reader, WireReader.Kind kind, ElementType type, ArrayBufferWriter<byte> packed)
    {
        switch (kind)
        {
            case WireReader.Kind.Bytes when type == ElementType.Bytes:
                var text = reader.Bytes();
                BinaryPrimitives.WriteUInt32LittleEndian(packed.GetSpan(sizeof(uint)), (uint)text.Length);
                packed.Advance(sizeof(uint));
                AppendAll(text, packed);
                return true;
            case WireReader.Kind.Bytes when type is ElementType.Float32 or ElementType.Float64:
                var numbers = reader.Bytes();
                AppendAll(numbers, packed);
                return numbers.Length % type.Size() == 0;
            case WireReader.Kind.Bytes:
                var varints = new WireReader(reader.Bytes());
                var fit = true;
                while (varints.NextPacked(out var value))
                {
                    fit &= Append(value, type, packed);
                }

                return fit;
            case WireReader.Kind.Varint when type is not (ElementType.Float32 or ElementType.Float64
                or ElementType.Bytes):
                return Append(reader.Varint(), type, packed);
            case WireReader.Kind.Fixed32 when type == ElementType.Float32:
                Write(packed, reader.Fixed32());
                return true;
            case WireReader.Kind.Fixed64 when type == ElementType.Float64:
                Write(packed, reader.Fixed64());
                return true;
            default:
                reader.Skip(kind);
                return false;
        }
    }

    private static bool Append(ulong value, ElementType type, ArrayBufferWriter<byte> packed)
    {
        var signed = (long)value;
        switch (type)
        {
            case ElementType.Bool:
                return Write(packed, (byte)(value != 0 ? 1 : 0));
            case ElementType.Int8:
                return signed is >= sbyte.MinValue and <= sbyte.MaxValue && Write(packed, (sbyte)signed);
            case ElementType.Int16:
                return signed is >= short.MinValue and <= short.MaxValue && Write(packed, (short)signed);
            case ElementType.Int32:
                return Write(packed, (int)signed);
            case ElementType.Int64:
                return Write(packed, signed);
            case ElementType.UInt8:
                return value <= byte.MaxValue && Write(packed, (byte)value);
            case ElementType.UInt16:
                return value <= ushort.MaxValue && Write(packed, (ushort)value);
            case ElementType.UInt32:
                return Write(packed, (uint)value);
            default:
                return Write(packed, value);
        }
    }

    private static bool Write<T>(ArrayBufferWriter<byte> packed, T value)
        where T : unmanaged
    {
        var room = packed.GetSpan(Marshal.SizeOf<T>());
        MemoryMarshal.Write(room, value);
        packed.Advance(Marshal.SizeOf<T>());
        return true;
    }

    private static void AppendAll(ReadOnlySequence<byte> bytes, ArrayBufferWriter<byte> packed)
    {
        foreach (var piece in bytes)
        {
            packed.Write(piece.Span);
        }
    }
}
