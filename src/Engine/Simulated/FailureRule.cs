using System.Globalization;
using System.Runtime.InteropServices;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Simulated;

/// <summary>Which rows fail their execution, by the first number of their first input.</summary>
internal sealed class FailureRule
{
    private readonly Func<double, bool>? _fails;
    private readonly string _what;

    private FailureRule(string what, Func<double, bool>? fails)
    {
        _what = what;
        _fails = fails;
    }

    /// <summary>Null for a text that is no rule (<see cref="SimulatedOptions.FailOn"/>).</summary>
    public static FailureRule? TryParse(string text) => text switch
    {
        "none" => new(text, null),
        "nan" => new("NaN", double.IsNaN),
        "negative" => new("negative", value => value < 0),
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var fatal)
            && double.IsFinite(fatal) => new(text, value => value == fatal),
        _ => null,
    };

    /// <summary>The fault of a batch that holds such a row; null where it holds none.</summary>
    public EngineFault? Find(Tensor input, int rows)
    {
        if (_fails is null || input.Type == ElementType.Bytes || input.ByteLength == 0)
        {
            return null;
        }

        var rowBytes = input.ByteLength / rows;
        for (var row = 0; row < rows; row++)
        {
            if (_fails(Number(input.Bytes[(row * rowBytes)..], input.Type)))
            {
                return new EngineFault($"Row {row} begins with a number that is to fail: {_what}.", input.Name);
            }
        }

        return null;
    }

    private static double Number(ReadOnlySpan<byte> bytes, ElementType type) => type switch
    {
        ElementType.Bool or ElementType.UInt8 => bytes[0],
        ElementType.Int8 => (sbyte)bytes[0],
        ElementType.UInt16 => MemoryMarshal.Read<ushort>(bytes),
        ElementType.UInt32 => MemoryMarshal.Read<uint>(bytes),
        ElementType.UInt64 => MemoryMarshal.Read<ulong>(bytes),
        ElementType.Int16 => MemoryMarshal.Read<short>(bytes),
        ElementType.Int32 => MemoryMarshal.Read<int>(bytes),
        ElementType.Int64 => MemoryMarshal.Read<long>(bytes),
        ElementType.Float16 => (double)MemoryMarshal.Read<Half>(bytes),
        ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Read<ushort>(bytes) << 16),
        ElementType.Float32 => MemoryMarshal.Read<float>(bytes),
        ElementType.Float64 => MemoryMarshal.Read<double>(bytes),
        ElementType.Bytes => throw new ArgumentException("Strings are no numbers.", nameof(type)),
    };
}
