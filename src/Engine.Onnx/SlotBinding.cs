using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx;

/// <summary>
/// The tensors that a slot's executions of one signature read and write, as ONNX Runtime last saw them: a slot has the
/// same few again and again, and a run that names its tensors anew looks all of them up. Used by the thread that has
/// the slot.
/// </summary>
internal sealed class SlotBinding(SignaturePlan plan, InferenceSession session) : IDisposable
{
    private readonly OrtIoBinding _binding = session.CreateIoBinding();
    private readonly OrtValue?[] _inputs = new OrtValue?[plan.InputNames.Count];
    private readonly OrtValue?[] _outputs = new OrtValue?[plan.OutputNames.Count];

    /// <param name="outputs">All there: ONNX Runtime checks that every result has its tensor's shape.</param>
    public void Run(
        RunOptions options, BoundValues values, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> outputs)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            if (values.Of(inputs[i]) is var value && !ReferenceEquals(value, _inputs[i]))
            {
                _binding.BindInput(plan.InputNames[i], value);
                _inputs[i] = value;
            }
        }

        for (var i = 0; i < outputs.Length; i++)
        {
            if (values.Of(outputs[i]!) is var value && !ReferenceEquals(value, _outputs[i]))
            {
                _binding.BindOutput(plan.OutputNames[i], value);
                _outputs[i] = value;
            }
        }

        session.RunWithBinding(options, _binding);
    }

    public void Dispose() => _binding.Dispose();
}
