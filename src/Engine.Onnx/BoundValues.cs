using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Core;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace ScoringCluster.Engine.Onnx;

/// <summary>
/// ONNX Runtime's views of tensors in native memory, kept by address and shape: a slot's own buffers, and blocks that
/// the pool hands out again, are bound once. Used by the thread that has the slot.
/// </summary>
internal sealed class BoundValues : IDisposable
{
    /// <summary>Views kept from one execution to the next.</summary>
    public const int KeptMax = 256;

    private readonly Dictionary<(nint Pointer, ElementType Type, TensorShape Shape), OrtValue> _values = [];

    /// <summary>
    /// Before an execution: past the limit all are dropped, since addresses of one-off blocks never come back. During
    /// one nothing is, since it holds the views that it has asked for.
    /// </summary>
    public void Trim()
    {
        if (_values.Count >= KeptMax)
        {
            Dispose();
        }
    }

    /// <summary>The view of a tensor; lives until the next <see cref="Trim"/>.</summary>
    public OrtValue Of(Tensor tensor)
    {
        var key = (tensor.Block.Pointer, tensor.Type, tensor.Shape);
        if (_values.TryGetValue(key, out var value))
        {
            return value;
        }

        value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, TypeOf(tensor.Type), tensor.Shape.Dimensions.ToArray(),
                tensor.Block.Pointer, tensor.ByteLength);
        _values.Add(key, value);
        return value;
    }

    public void Dispose()
    {
        foreach (var value in _values.Values)
        {
            value.Dispose();
        }

        _values.Clear();
    }

    private static TensorElementType TypeOf(ElementType type) => type switch
    {
        ElementType.Bool => TensorElementType.Bool,
        ElementType.UInt8 => TensorElementType.UInt8,
        ElementType.UInt16 => TensorElementType.UInt16,
        ElementType.UInt32 => TensorElementType.UInt32,
        ElementType.UInt64 => TensorElementType.UInt64,
        ElementType.Int8 => TensorElementType.Int8,
        ElementType.Int16 => TensorElementType.Int16,
        ElementType.Int32 => TensorElementType.Int32,
        ElementType.Int64 => TensorElementType.Int64,
        ElementType.Float16 => TensorElementType.Float16,
        ElementType.BFloat16 => TensorElementType.BFloat16,
        ElementType.Float32 => TensorElementType.Float,
        ElementType.Float64 => TensorElementType.Double,
        ElementType.Bytes => TensorElementType.String,
    };
}
