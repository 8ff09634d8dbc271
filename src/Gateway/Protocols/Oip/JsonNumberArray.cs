using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>
/// Numbers of a JSON array, flat or nested exactly as its shape, read without a general reader, which costs several
/// times as much as the numbers. It knows what clients write who do nothing wrong; anything else it leaves alone, for
/// <see cref="JsonTensorReader"/> to read or to explain.
/// </summary>
internal static class JsonNumberArray
{
    /// <summary>Powers of ten that a double holds exactly: to multiply or divide by one rounds once.</summary>
    private static readonly double[] _powers =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ];

    /// <param name="json">Begins with the array's bracket.</param>
    /// <param name="values">Get the numbers; undefined where the answer is false.</param>
    /// <param name="end">Where the array's last bracket stands.</param>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, TensorShape shape, Span<T> values, out int end)
        where T : unmanaged, INumber<T>
    {
        end = 0;
        var at = 1;
        SkipSpace(json, ref at);
        var nested = at < json.Length && json[at] == '[';
        at = 0;
        var read = nested
            ? TryReadNested(json, ref at, shape.Dimensions, ref values)
            : TryReadFlat(json, ref at, values);
        end = at - 1;
        return read && (!nested || values.IsEmpty);
    }

    private static bool TryReadNested<T>(
        ReadOnlySpan<byte> json, ref int at, ReadOnlySpan<long> dimensions, ref Span<T> values)
        where T : unmanaged, INumber<T>
    {
        if (dimensions.Length == 0 || dimensions[0] > values.Length)
        {
            return false;
        }

        if (dimensions.Length == 1)
        {
            var row = values[..(int)dimensions[0]];
            values = values[row.Length..];
            return TryReadFlat(json, ref at, row);
        }

        if (!TrySkip(json, ref at, (byte)'['))
        {
            return false;
        }

        for (var i = 0L; i < dimensions[0]; i++)
        {
            if ((i > 0 && !TrySkip(json, ref at, (byte)','))
                || !TryReadNested(json, ref at, dimensions[1..], ref values))
            {
                return false;
            }
        }

        return TrySkip(json, ref at, (byte)']');
    }

    private static bool TryReadFlat<T>(ReadOnlySpan<byte> json, ref int at, Span<T> values)
        where T : unmanaged, INumber<T>
    {
        if (!TrySkip(json, ref at, (byte)'['))
        {
            return false;
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0 && !TrySkip(json, ref at, (byte)','))
            {
                return false;
            }

            SkipSpace(json, ref at);
            var start = at;
            if (!JsonNumber.TryRead(json, ref at, out var number)
                || !TryConvert(json[start..at], number, out values[i]))
            {
                return false;
            }
        }

        return TrySkip(json, ref at, (byte)']');
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryConvert<T>(ReadOnlySpan<byte> text, in JsonNumber number, out T value)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(float))
        {
            var read = TryToSingle(text, number, out var single);
            value = T.CreateTruncating(single);
            return read;
        }

        if (typeof(T) == typeof(double))
        {
            var read = TryToDouble(number, out var real) || TryParse(text, out real);
            value = T.CreateTruncating(real);
            return read;
        }

        value = default;
        if (!number.IsWhole || number.Digits > long.MaxValue)
        {
            return false;
        }

        var whole = number.Negative ? -(long)number.Digits : (long)number.Digits;
        value = T.CreateTruncating(whole);
        return long.CreateTruncating(value) == whole && T.IsNegative(value) == whole < 0;
    }

    /// <summary>
    /// Through a double, which is rounded right. Rounding it again is right too, unless it lies just between two
    /// floats: then the digits decide on which side.
    /// </summary>
    private static bool TryToSingle(ReadOnlySpan<byte> text, in JsonNumber number, out float value)
    {
        const ulong below = (1UL << 29) - 1;
        const ulong half = 1UL << 28;
        const double smallest = 1.17549435e-38;
        if (TryToDouble(number, out var real)
            && (BitConverter.DoubleToUInt64Bits(real) & below) != half
            && Math.Abs(real) <= float.MaxValue && (Math.Abs(real) > smallest || real == 0))
        {
            value = (float)real;
            return true;
        }

        return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && float.IsFinite(value);
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>True where digits and power are exact as doubles, so that the one operation rounds right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryToDouble(in JsonNumber number, out double value)
    {
        value = number.Digits;
        if (number.Digits > 1UL << 53 || Math.Abs(number.Power) >= _powers.Length)
        {
            return false;
        }

        value = number.Power < 0 ? value / _powers[-number.Power] : value * _powers[number.Power];
        value = number.Negative ? -value : value;
        return true;
    }

    /// <summary>Moves behind a character; false where another one stands.</summary>
    private static bool TrySkip(ReadOnlySpan<byte> json, ref int at, byte character)
    {
        SkipSpace(json, ref at);
        if (at >= json.Length || json[at] != character)
        {
            return false;
        }

        at++;
        return true;
    }

    private static void SkipSpace(ReadOnlySpan<byte> json, ref int at)
    {
        while (at < json.Length && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }
    }
}
