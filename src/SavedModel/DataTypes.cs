using ScoringCluster.Core;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel;

/// <summary>TensorFlow's data types and ours.</summary>
public static class DataTypes
{
    /// <summary>Null for types that no tensor of ours can have: resources, variants, complex and quantized
    /// numbers.</summary>
    public static ElementType? ElementTypeOf(DataType type) => type switch
    {
        DataType.DtFloat => ElementType.Float32,
        DataType.DtDouble => ElementType.Float64,
        DataType.DtInt32 => ElementType.Int32,
        DataType.DtUint8 => ElementType.UInt8,
        DataType.DtInt16 => ElementType.Int16,
        DataType.DtInt8 => ElementType.Int8,
        DataType.DtString => ElementType.Bytes,
        DataType.DtInt64 => ElementType.Int64,
        DataType.DtBool => ElementType.Bool,
        DataType.DtBfloat16 => ElementType.BFloat16,
        DataType.DtUint16 => ElementType.UInt16,
        DataType.DtHalf => ElementType.Float16,
        DataType.DtUint32 => ElementType.UInt32,
        DataType.DtUint64 => ElementType.UInt64,
        _ => null,
    };

    /// <summary>TensorFlow's number of one of our types.</summary>
    public static DataType DataTypeOf(ElementType type) => type switch
    {
        ElementType.Float32 => DataType.DtFloat,
        ElementType.Float64 => DataType.DtDouble,
        ElementType.Int32 => DataType.DtInt32,
        ElementType.UInt8 => DataType.DtUint8,
        ElementType.Int16 => DataType.DtInt16,
        ElementType.Int8 => DataType.DtInt8,
        ElementType.Bytes => DataType.DtString,
        ElementType.Int64 => DataType.DtInt64,
        ElementType.Bool => DataType.DtBool,
        ElementType.BFloat16 => DataType.DtBfloat16,
        ElementType.UInt16 => DataType.DtUint16,
        ElementType.Float16 => DataType.DtHalf,
        ElementType.UInt32 => DataType.DtUint32,
        ElementType.UInt64 => DataType.DtUint64,
    };

    /// <summary>TensorFlow's name of a type, in the lower-case form that its messages use: <c>resource</c>.</summary>
    public static string NameOf(DataType type) =>
        type.ToString().ToLowerInvariant() is { } name && name.StartsWith("dt", StringComparison.Ordinal)
        ? name[2..]
        : $"type {(int)type}";
}
