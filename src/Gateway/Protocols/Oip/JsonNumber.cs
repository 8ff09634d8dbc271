using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>A number of JSON's grammar in parts: its digits, and the power of ten that scales them.</summary>
/// <param name="Digits">Up to nineteen of them.</param>
/// <param name="IsWhole">Neither fraction nor exponent were written.</param>
internal readonly record struct JsonNumber(bool Negative, ulong Digits, int Power, bool IsWhole)
{
    /// <summary>As many digits as a ulong always holds; a longer number is left to others.</summary>
    private const int DigitsMax = 19;

    /// <summary>An exponent of more digits is beyond every type here.</summary>
    private const int ExponentDigitsMax = 4;

    /// <summary>Moves behind a number; false where none stands, or one that is too long.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, ref int at, out JsonNumber number)
    {
        number = default;
        var i = at;
        var negative = i < json.Length && json[i] == '-';
        i += negative ? 1 : 0;
        var start = i;
        var digits = 0UL;
        ReadDigits(json, ref i, ref digits);
        var count = i - start;

        // No number begins with a zero that more digits follow.
        if (count == 0 || count > DigitsMax || (count > 1 && json[start] == '0'))
        {
            return false;
        }

        var power = 0;
        var isWhole = true;
        if (i < json.Length && json[i] == '.')
        {
            var point = ++i;
            ReadDigits(json, ref i, ref digits);
            power = point - i;
            count += i - point;
            isWhole = false;
            if (power == 0 || count > DigitsMax)
            {
                return false;
            }
        }

        if (i < json.Length && (json[i] | 0x20) == 'e')
        {
            isWhole = false;
            if (!TryReadExponent(json, ref i, ref power))
            {
                return false;
            }
        }

        at = i;
        number = new JsonNumber(negative, digits, power, isWhole);
        return true;
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> json, ref int at, ref int power)
    {
        at++;
        var negative = at < json.Length && json[at] == '-';
        at += at < json.Length && json[at] is (byte)'-' or (byte)'+' ? 1 : 0;
        var start = at;
        var exponent = 0UL;
        ReadDigits(json, ref at, ref exponent);
        if (at == start || at - start > ExponentDigitsMax)
        {
            return false;
        }

        power += negative ? -(int)exponent : (int)exponent;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadDigits(ReadOnlySpan<byte> json, ref int at, ref ulong digits)
    {
        // Eight at a time: a float in its shortest form has about that many behind the point.
        if (json.Length - at >= sizeof(ulong)
            && BinaryPrimitives.ReadUInt64LittleEndian(json[at..]) is var eight && AreDigits(eight))
        {
            digits = (digits * 100_000_000) + Value(eight);
            at += sizeof(ulong);
        }

        while (at < json.Length && (uint)(json[at] - '0') <= 9)
        {
            digits = (digits * 10) + (uint)(json[at++] - '0');
        }
    }

    /// <summary>True where each of the eight bytes is '0' to '9': none passes '9' when 0x46 is added.</summary>
    private static bool AreDigits(ulong eight) =>
        (((eight + 0x4646464646464646) | (eight - 0x3030303030303030)) & 0x8080808080808080) == 0;

    /// <summary>Pairs, then fours, then all: three multiplications for eight digits.</summary>
    private static uint Value(ulong eight)
    {
        eight -= 0x3030303030303030;
        eight = (eight * 10) + (eight >> 8);
        const ulong mask = 0x000000FF000000FF;
        return (uint)((((eight & mask) * 0x000F424000000064) + (((eight >> 16) & mask) * 0x0000271000000001)) >> 32);
    }
}
