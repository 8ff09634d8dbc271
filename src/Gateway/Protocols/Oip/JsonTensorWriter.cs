using System.Buffers.Binary;
using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>
/// Elements of a tensor as JSON values. Numbers are the shortest that read back the same; NaN and infinities, which
/// JSON lacks, are null.
/// </summary>
internal static class JsonTensorWriter
{
    /// <summary>Writes elements from <paramref name="start"/> on; not for <see cref="ElementType.Bytes"/>.</summary>
    public static void Write(Utf8JsonWriter json, Tensor tensor, int start, int count)
    {
        switch (tensor.Type)
        {
            case ElementType.Bool:
                Each<byte>(json, tensor, start, count, static (j, v) => j.WriteBooleanValue(v != 0));
                break;
            case ElementType.Float16:
                Each<Half>(json, tensor, start, count, static (j, v) => Write(j, (float)v));
                break;
            case ElementType.BFloat16:
                Each<ushort>(json, tensor, start, count,
                    static (j, v) => Write(j, BitConverter.UInt32BitsToSingle((uint)v << 16)));
                break;
            case ElementType.Float32:
                Each<float>(json, tensor, start, count, Write);
                break;
            case ElementType.Float64:
                Each<double>(json, tensor, start, count, Write);
                break;
            case ElementType.Int8:
                Each<sbyte>(json, tensor, start, count, static (j, v) => j.WriteNumberValue(v));
                break;
            case ElementType.Int16:
                Each<short>(json, tensor, start, count, static (j, v) => j.WriteNumberValue(v));
                break;
            case ElementType.Int32:
                Each<int>(json, tensor, start, count, static (j, v) => j.WriteNumberValue(v));
                break;
            case ElementType.Int64:
                Each<long>(json, tensor, start, count, static (j, v) => j.WriteNumberValue(v));
                break;
            case ElementType.UInt8:
                Each<byte>(json, tensor, start, count, static (j, v) => j.WriteNumberValue((uint)v));
                break;
            case ElementType.UInt16:
                Each<ushort>(json, tensor, start, count, static (j, v) => j.WriteNumberValue((uint)v));
                break;
            case ElementType.UInt32:
                Each<uint>(json, tensor, start, count, static (j, v) => j.WriteNumberValue(v));
                break;
            case ElementType.UInt64:
                Each<ulong>(json, tensor, start, count, static (j, v) => j.WriteNumberValue(v));
                break;
            case ElementType.Bytes:
                throw new ArgumentException("Texts have no fixed place in a tensor.", nameof(tensor));
        }
    }

    /// <summary>Writes the text that begins at <paramref name="at"/> and moves behind it; false at the end.</summary>
    public static bool WriteText(Utf8JsonWriter json, Tensor tensor, ref int at)
    {
        if (at >= tensor.ByteLength)
        {
            return false;
        }

        var rest = tensor.Bytes[at..];
        var text = rest.Slice(sizeof(uint), (int)BinaryPrimitives.ReadUInt32LittleEndian(rest));
        at += sizeof(uint) + text.Length;

        // Bytes that are no UTF-8 show as replacement characters; the binary form has them exactly.
        json.WriteStringValue(System.Text.Encoding.UTF8.GetString(text));
        return true;
    }

    private static void Each<T>(
        Utf8JsonWriter json, Tensor tensor, int start, int count, Action<Utf8JsonWriter, T> write)
        where T : unmanaged
    {
        foreach (var value in tensor.Values<T>().Slice(start, count))
        {
            write(json, value);
        }
    }

    private static void Write(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void Write(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
