namespace ScoringCluster.Core;

/// <summary>Sizes and protocol names of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    private static readonly Dictionary<string, ElementType> _byName =
        Enum.GetValues<ElementType>().ToDictionary(ProtocolName, StringComparer.Ordinal);

    /// <summary>Bytes of one element; 0 for <see cref="ElementType.Bytes"/>, whose elements vary.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Bool or ElementType.UInt8 or ElementType.Int8 => 1,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.UInt32 or ElementType.Int32 or ElementType.Float32 => 4,
        ElementType.UInt64 or ElementType.Int64 or ElementType.Float64 => 8,
        ElementType.Bytes => 0,
    };

    /// <summary>True for the types of real numbers.</summary>
    public static bool IsFloating(this ElementType type) =>
        type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;

    /// <summary>The Open Inference Protocol's name: <c>FP32</c>, <c>UINT8</c>, <c>BYTES</c>…</summary>
    public static string ProtocolName(this ElementType type) => type switch
    {
        ElementType.Bool => "BOOL",
        ElementType.UInt8 => "UINT8",
        ElementType.UInt16 => "UINT16",
        ElementType.UInt32 => "UINT32",
        ElementType.UInt64 => "UINT64",
        ElementType.Int8 => "INT8",
        ElementType.Int16 => "INT16",
        ElementType.Int32 => "INT32",
        ElementType.Int64 => "INT64",
        ElementType.Float16 => "FP16",
        ElementType.BFloat16 => "BF16",
        ElementType.Float32 => "FP32",
        ElementType.Float64 => "FP64",
        ElementType.Bytes => "BYTES",
    };

    /// <summary>The reverse of <see cref="ProtocolName"/>; false for a name the protocol does not know.</summary>
    public static bool TryParseProtocolName(string name, out ElementType type) => _byName.TryGetValue(name, out type);
}
