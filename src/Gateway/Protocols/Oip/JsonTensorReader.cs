using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>A JSON array, flat or nested as the shape, straight into a pooled tensor.</summary>
internal static class JsonTensorReader
{
    /// <returns>Null where something is wrong; the violations say what.</returns>
    public static Tensor? Read(ReadOnlySpan<byte> json, TensorSpec spec, List<FaultViolation> violations)
    {
        var at = $"inputs[{spec.Name}].data";
        if (spec.Type is ElementType.Float16 or ElementType.BFloat16)
        {
            violations.Add(new(at, $"{spec.Type.ProtocolName()} travels in the binary form only"));
            return null;
        }

        var count = spec.Shape.ElementCount();
        if (count * Math.Max(1, spec.Type.Size()) > int.MaxValue || count > json.Length)
        {
            violations.Add(
                new(at, $"expected {count} elements for the shape {spec.Shape}; the body is too short for them"));
            return null;
        }

        if (spec.Type == ElementType.Bytes)
        {
            return ReadTexts(json, spec, at, violations);
        }

        var tensor = Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape);
        var walk = new ArrayWalk(json, spec.Shape);
        long read = 0;
        while (walk.Next())
        {
            if (read < count && !TryWrite(ref walk.Json, tensor, (int)read))
            {
                violations.Add(new($"{at}[{read}]", $"expected {spec.Type.ProtocolName()}, got {Shown(walk.Json)}"));
                tensor.Dispose();
                return null;
            }

            read++;
        }

        if (walk.Problem is null && read == count)
        {
            return tensor;
        }

        violations.Add(new(at, walk.Problem ?? $"expected {count} elements for the shape {spec.Shape}, got {read}"));
        tensor.Dispose();
        return null;
    }

    private static Tensor? ReadTexts(
        ReadOnlySpan<byte> json, TensorSpec spec, string at, List<FaultViolation> violations)
    {
        var packed = new List<byte>();
        var walk = new ArrayWalk(json, spec.Shape);
        long read = 0;
        Span<byte> length = stackalloc byte[sizeof(uint)];
        while (walk.Next())
        {
            if (walk.Json.TokenType != JsonTokenType.String)
            {
                violations.Add(new($"{at}[{read}]", $"expected a text, got {Shown(walk.Json)}"));
                return null;
            }

            var text = System.Text.Encoding.UTF8.GetBytes(walk.Json.GetString()!);
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
            packed.AddRange(length);
            packed.AddRange(text);
            read++;
        }

        if (walk.Problem is not null || read != spec.Shape.ElementCount())
        {
            violations.Add(
                new(at, walk.Problem
                ?? $"expected {spec.Shape.ElementCount()} elements for the shape {spec.Shape}, got {read}"));
            return null;
        }

        return Tensor
            .Copy<byte>(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape, CollectionsMarshal.AsSpan(packed));
    }

    private static bool TryWrite(ref Utf8JsonReader json, Tensor tensor, int index)
    {
        if (tensor.Type == ElementType.Bool)
        {
            tensor.Bytes[index] = (byte)(json.TokenType == JsonTokenType.True ? 1 : 0);
            return json.TokenType is JsonTokenType.True or JsonTokenType.False;
        }

        return json.TokenType == JsonTokenType.Number && tensor.Type switch
        {
            ElementType.Float32 =>
                json.TryGetSingle(out tensor.Values<float>()[index]) && float.IsFinite(tensor.Values<float>()[index]),
            ElementType.Float64 =>
                json.TryGetDouble(out tensor.Values<double>()[index])
                && double.IsFinite(tensor.Values<double>()[index]),
            ElementType.Int32 => json.TryGetInt32(out tensor.Values<int>()[index]),
            ElementType.Int64 => json.TryGetInt64(out tensor.Values<long>()[index]),
            ElementType.UInt8 => json.TryGetByte(out tensor.Bytes[index]),
            ElementType.Int8 => json.TryGetSByte(out tensor.Values<sbyte>()[index]),
            ElementType.Int16 => json.TryGetInt16(out tensor.Values<short>()[index]),
            ElementType.UInt16 => json.TryGetUInt16(out tensor.Values<ushort>()[index]),
            ElementType.UInt32 => json.TryGetUInt32(out tensor.Values<uint>()[index]),
            ElementType.UInt64 => json.TryGetUInt64(out tensor.Values<ulong>()[index]),
            _ => false,
        };
    }

    private static string Shown(Utf8JsonReader json)
    {
        const int lengthMax = 40;
        var text = System.Text.Encoding.UTF8.GetString(json.ValueSpan);
        return text.Length <= lengthMax ? text : text[..lengthMax] + "…";
    }

    /// <summary>Element after element through arrays of any nesting, which is flat or exactly the shape's.</summary>
    private ref struct ArrayWalk(ReadOnlySpan<byte> json, TensorShape shape)
    {
        public Utf8JsonReader Json = new(json);
        private readonly TensorShape _shape = shape;
        private readonly long[] _counts = new long[Limits.TensorRankMax + 1];
        private int _depth;
        private bool _nested;

        public string? Problem { get; private set; }

        public bool Next()
        {
            while (Problem is null && Json.Read())
            {
                switch (Json.TokenType)
                {
                    case JsonTokenType.StartArray:
                        Open();
                        break;
                    case JsonTokenType.EndArray:
                        if (Close())
                        {
                            return false;
                        }

                        break;
                    case JsonTokenType.StartObject:
                        Problem = "numbers are expected, got an object";
                        break;
                    default:
                        if (_depth == 0)
                        {
                            Problem = "an array is expected";
                            return false;
                        }

                        _counts[_depth]++;
                        if (!_nested || _depth == _shape.Rank)
                        {
                            return true;
                        }

                        Problem = $"a value stands {_depth} arrays deep, the shape {_shape} has {_shape.Rank} "
                            + $"dimensions";
                        break;
                }
            }

            return false;
        }

        private void Open()
        {
            _counts[_depth]++;
            if (++_depth > Math.Max(1, _shape.Rank))
            {
                Problem = $"arrays stand {_depth} deep, the shape {_shape} has {_shape.Rank} dimensions";
                return;
            }

            _nested |= _depth == 2;
            _counts[_depth] = 0;
        }

        /// <summary>True at the end of the outermost array.</summary>
        private bool Close()
        {
            if (_nested && _counts[_depth] != _shape[_depth - 1])
            {
                Problem = $"an array of dimension {_depth - 1} has {_counts[_depth]} entries, the shape {_shape} has "
                    + $"{_shape[_depth - 1]}";
            }

            return --_depth == 0;
        }
    }
}
