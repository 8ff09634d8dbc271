using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Core;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// One thread's place in the bare loop: inputs and outputs bound once, so that a run is ONNX Runtime and nothing else.
/// </summary>
internal sealed class BareSlot : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly OrtValue[] _inputs;
    private readonly OrtValue[] _outputs;
    private readonly Tensor[] _inputTensors;
    private readonly Tensor[] _outputTensors;

    public BareSlot(InferenceSession session, BenchModel model, int rows, int variant)
    {
        _session = session;
        var program = model.Program;
        _inputNames = Names(program.InputNames, session.InputNames);
        _outputNames = Names(program.OutputNames, session.OutputNames);
        _inputTensors = model.Inputs(rows, variant);
        _outputTensors = [.. program.Signature.Outputs.Select(spec =>
            Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape.WithRows(rows)))];
        _inputs = [.. _inputTensors.Select(Bind)];
        _outputs = [.. _outputTensors.Select(Bind)];
    }

    public IReadOnlyList<Tensor> Outputs => _outputTensors;

    public void Run() => _session.Run(_options, _inputNames, _inputs, _outputNames, _outputs);

    public void Dispose()
    {
        Array.ForEach(_inputs, value => value.Dispose());
        Array.ForEach(_outputs, value => value.Dispose());
        Array.ForEach(_inputTensors, tensor => tensor.Dispose());
        Array.ForEach(_outputTensors, tensor => tensor.Dispose());
        _options.Dispose();
    }

    public static OrtValue Bind(Tensor tensor) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, TypeOf(tensor.Type), tensor.Shape.Dimensions.ToArray(), tensor.Block.Pointer,
        tensor.ByteLength);

    public static TensorElementType TypeOf(ElementType type) => type switch
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

    /// <summary>A file made by another tool may name its tensors otherwise: then they go by their order.</summary>
    private static string[] Names(IReadOnlyList<string> ours, IReadOnlyList<string> theirs)
    {
        if (ours.All(theirs.Contains))
        {
            return [.. ours];
        }

        return ours.Count == theirs.Count ? [.. theirs] : throw new CommandException(
            $"The ONNX file has the tensors {string.Join(", ", theirs)}; the signature has {string.Join(", ", ours)}.");
    }
}
