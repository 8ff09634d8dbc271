using ScoringCluster.Core;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Types;

/// <summary>TensorFlow's data types as ours.</summary>
internal static class DataTypes
{
    /// <summary>A reference to a variable has its value's type plus this.</summary>
    private const int Reference = 100;

    /// <summary>Null for a type that no tensor of ours can have: resource, variant, complex, quantized…</summary>
    public static ElementType? ToElementType(this DataType type) => type.WithoutReference() switch
    {
        DataType.DtBool => ElementType.Bool,
        DataType.DtUint8 => ElementType.UInt8,
        DataType.DtUint16 => ElementType.UInt16,
        DataType.DtUint32 => ElementType.UInt32,
        DataType.DtUint64 => ElementType.UInt64,
        DataType.DtInt8 => ElementType.Int8,
        DataType.DtInt16 => ElementType.Int16,
        DataType.DtInt32 => ElementType.Int32,
        DataType.DtInt64 => ElementType.Int64,
        DataType.DtHalf => ElementType.Float16,
        DataType.DtBfloat16 => ElementType.BFloat16,
        DataType.DtFloat => ElementType.Float32,
        DataType.DtDouble => ElementType.Float64,
        DataType.DtString => ElementType.Bytes,
        _ => null,
    };

    /// <summary>TensorFlow's name: <c>float</c>, <c>resource</c>, <c>complex64</c>…</summary>
    public static string TensorFlowName(this DataType type)
    {
        var plain = type.WithoutReference();
        return Enum.IsDefined(plain)
            ? plain.ToString()[2..].ToLowerInvariant()
            : $"type {(int)type}";
    }

    public static DataType WithoutReference(this DataType type) =>
        (int)type > Reference ? (DataType)((int)type - Reference) : type;
}
