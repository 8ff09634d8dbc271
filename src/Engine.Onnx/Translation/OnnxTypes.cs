using ScoringCluster.Core;
using OnnxNumber = ScoringCluster.Engine.Onnx.Proto.TensorProto.Types.DataType;

namespace ScoringCluster.Engine.Onnx.Translation;

/// <summary>Element types as ONNX numbers them.</summary>
internal static class OnnxTypes
{
    public static int Number(ElementType type) => (int)(type switch
    {
        ElementType.Float32 => OnnxNumber.Float,
        ElementType.UInt8 => OnnxNumber.Uint8,
        ElementType.Int8 => OnnxNumber.Int8,
        ElementType.UInt16 => OnnxNumber.Uint16,
        ElementType.Int16 => OnnxNumber.Int16,
        ElementType.Int32 => OnnxNumber.Int32,
        ElementType.Int64 => OnnxNumber.Int64,
        ElementType.Bytes => OnnxNumber.String,
        ElementType.Bool => OnnxNumber.Bool,
        ElementType.Float16 => OnnxNumber.Float16,
        ElementType.Float64 => OnnxNumber.Double,
        ElementType.UInt32 => OnnxNumber.Uint32,
        ElementType.UInt64 => OnnxNumber.Uint64,
        ElementType.BFloat16 => OnnxNumber.Bfloat16,
    });

    public static bool IsFloat(ElementType type) =>
        type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;
}
