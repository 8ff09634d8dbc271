using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>A JSON array, flat or nested as the shape, straight into a pooled tensor.</summary>
internal static class JsonTensorReader
{
    private const int ShownCharactersMax = 40;
    private const int ElementsReadAnyway = 1_024;

    private delegate bool ReadValue<T>(ref Utf8JsonReader json, out T value);

    /// <summary>Reads the array on which the reader stands, and leaves it on the array's end.</summary>
    /// <param name="array">The JSON from the array's bracket on.</param>
    /// <param name="spec">Name, type and shape as sent; the shape's size is known to fit.</param>
    /// <param name="passed">
    /// Bytes of <paramref name="array"/> that the reader was moved over, and counts its positions without.
    /// </param>
    /// <returns>Null where something is wrong; the violations say what.</returns>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static Tensor? Read(
        ref Utf8JsonReader json, ReadOnlySpan<byte> array, TensorSpec spec, TensorBlockPool pool,
        List<FaultViolation> violations, out int passed)
    {
        passed = 0;
        var at = $"inputs[{spec.Name}].data";
        var outside = json.CurrentDepth;
        // An element and the comma before it take two characters: less cannot hold what the shape states. Few
        // elements are read all the same, since what is wrong with them can then be said better.
        if (!StatedSize.TryCount(spec, out var count)
            || (count > ElementsReadAnyway && (2L * count) - 1 > array.Length))
        {
            violations.Add(
                new(at, $"the shape {spec.Shape} has more elements than the body has room for"));
        }
        else if (spec.Type is ElementType.Float16 or ElementType.BFloat16)
        {
            violations.Add(new(at, $"{spec.Type.ProtocolName()} travels in the binary form only"));
        }
        else if (spec.Type == ElementType.Bytes)
        {
            return ReadTexts(ref json, spec, count, at, pool, violations);
        }
        else
        {
            return ReadUsual(ref json, array, spec, pool, out passed)
                ?? ReadNumbers(ref json, spec, count, at, pool, violations);
        }

        Leave(ref json, outside);
        return null;
    }

    /// <summary>The numbers that clients usually write; null where something else stands there.</summary>
    private static Tensor? ReadUsual(
        ref Utf8JsonReader json, ReadOnlySpan<byte> array, TensorSpec spec, TensorBlockPool pool, out int passed)
    {
        passed = 0;
        if (json.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        var tensor = Tensor.Rent(pool, spec.Name, spec.Type, spec.Shape);
        if (!TryReadUsual(array, tensor, out var end))
        {
            tensor.Dispose();
            return null;
        }

        // The reader goes on where the array ends, in the state in which it began.
        json = new Utf8JsonReader(array[end..], isFinalBlock: true, json.CurrentState);
        json.Read();
        passed = end;
        return tensor;
    }

    private static bool TryReadUsual(ReadOnlySpan<byte> array, Tensor tensor, out int end)
    {
        end = 0;
        return tensor.Type switch
        {
            ElementType.Float32 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<float>(), out end),
            ElementType.Float64 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<double>(), out end),
            ElementType.Int8 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<sbyte>(), out end),
            ElementType.Int16 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<short>(), out end),
            ElementType.Int32 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<int>(), out end),
            ElementType.Int64 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<long>(), out end),
            ElementType.UInt8 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<byte>(), out end),
            ElementType.UInt16 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<ushort>(), out end),
            ElementType.UInt32 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<uint>(), out end),
            ElementType.UInt64 => JsonNumberArray.TryRead(array, tensor.Shape, tensor.Values<ulong>(), out end),
            ElementType.Bool or ElementType.Float16 or ElementType.BFloat16 or ElementType.Bytes => false,
        };
    }

    private static Tensor? ReadNumbers(
        ref Utf8JsonReader json, TensorSpec spec, int count, string at, TensorBlockPool pool,
        List<FaultViolation> violations)
    {
        var tensor = Tensor.Rent(pool, spec.Name, spec.Type, spec.Shape);
        var whole = false;
        try
        {
            var outside = json.CurrentDepth;
            var problem = Fill(ref json, tensor, count, at);
            Leave(ref json, outside);
            if (problem is not null)
            {
                violations.Add(problem);
            }

            whole = problem is null;
            return whole ? tensor : null;
        }
        finally
        {
            if (!whole)
            {
                tensor.Dispose();
            }
        }
    }

    private static FaultViolation? Fill(ref Utf8JsonReader json, Tensor tensor, int count, string at) =>
        tensor.Type switch
        {
            ElementType.Bool => Fill(ref json, tensor, tensor.Values<bool>(), at,
                static (ref r, out v) =>
                {
                    v = r.TokenType == JsonTokenType.True;
                    return v || r.TokenType == JsonTokenType.False;
                }),
            ElementType.Float32 => Fill(ref json, tensor, tensor.Values<float>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetSingle(out v) && float.IsFinite(v)),
            ElementType.Float64 => Fill(ref json, tensor, tensor.Values<double>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetDouble(out v) && double.IsFinite(v)),
            ElementType.Int8 => Fill(ref json, tensor, tensor.Values<sbyte>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetSByte(out v)),
            ElementType.Int16 => Fill(ref json, tensor, tensor.Values<short>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetInt16(out v)),
            ElementType.Int32 => Fill(ref json, tensor, tensor.Values<int>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetInt32(out v)),
            ElementType.Int64 => Fill(ref json, tensor, tensor.Values<long>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetInt64(out v)),
            ElementType.UInt8 => Fill(ref json, tensor, tensor.Values<byte>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetByte(out v)),
            ElementType.UInt16 => Fill(ref json, tensor, tensor.Values<ushort>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetUInt16(out v)),
            ElementType.UInt32 => Fill(ref json, tensor, tensor.Values<uint>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetUInt32(out v)),
            ElementType.UInt64 => Fill(ref json, tensor, tensor.Values<ulong>(), at,
                static (ref r, out v) => Number(r, out v) && r.TryGetUInt64(out v)),
            ElementType.Float16 or ElementType.BFloat16 or ElementType.Bytes =>
                throw new ArgumentException($"{tensor.Type} is not read here.", nameof(tensor)),
        };

    private static bool Number<T>(in Utf8JsonReader json, out T value)
        where T : unmanaged
    {
        value = default;
        return json.TokenType == JsonTokenType.Number;
    }

    private static FaultViolation? Fill<T>(
        ref Utf8JsonReader json, Tensor tensor, Span<T> values, string at, ReadValue<T> read)
    {
        var walk = new JsonArrayWalk(tensor.Shape);
        var seen = 0L;
        while (walk.Next(ref json))
        {
            if (seen < values.Length)
            {
                if (!read(ref json, out values[(int)seen]))
                {
                    return new($"{at}[{seen}]", $"expected {tensor.Type.ProtocolName()}, got {Shown(json)}");
                }
            }

            seen++;
        }

        return Mistake(walk.Problem, tensor.Shape, values.Length, seen, at);
    }

    private static Tensor? ReadTexts(
        ref Utf8JsonReader json, TensorSpec spec, int count, string at, TensorBlockPool pool,
        List<FaultViolation> violations)
    {
        var outside = json.CurrentDepth;
        var packed = new ArrayBufferWriter<byte>();
        var walk = new JsonArrayWalk(spec.Shape);
        var seen = 0L;
        FaultViolation? problem = null;
        while (problem is null && walk.Next(ref json))
        {
            if (json.TokenType != JsonTokenType.String || !TryAppend(in json, packed))
            {
                problem = new($"{at}[{seen}]", $"expected a text, got {Shown(json)}");
            }

            seen++;
        }

        problem ??= Mistake(walk.Problem, spec.Shape, count, seen, at);
        Leave(ref json, outside);
        if (problem is null)
        {
            return Tensor.Copy(pool, spec.Name, spec.Type, spec.Shape, packed.WrittenSpan);
        }

        violations.Add(problem);
        return null;
    }

    private static bool TryAppend(in Utf8JsonReader json, ArrayBufferWriter<byte> packed)
    {
        var room = packed.GetSpan(sizeof(uint) + json.ValueSpan.Length);
        try
        {
            var length = json.CopyString(room[sizeof(uint)..]);
            BinaryPrimitives.WriteUInt32LittleEndian(room, (uint)length);
            packed.Advance(sizeof(uint) + length);
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair as an escape, or bytes that are no UTF-8: JSON's grammar allows both.
            return false;
        }
    }

    private static FaultViolation? Mistake(string? nesting, TensorShape shape, int count, long seen, string at) =>
        nesting is not null ? new(at, nesting)
        : seen == count ? null
        : new(at, $"expected {count} elements for the shape {shape}, got {seen}");

    /// <summary>To the end of the array in which, or on whose bracket, the reader stands.</summary>
    private static void Leave(ref Utf8JsonReader json, int outside)
    {
        if (json.CurrentDepth == outside && json.TokenType != JsonTokenType.EndArray)
        {
            json.Skip();
        }

        while (json.CurrentDepth > outside && json.Read())
        {
        }
    }

    private static string Shown(in Utf8JsonReader json)
    {
        var text = Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(json.ValueSpan.Length, 4 * ShownCharactersMax)]);
        return text.Length <= ShownCharactersMax ? text : text[..ShownCharactersMax] + "…";
    }
}
