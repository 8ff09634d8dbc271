using ScoringCluster.Core;

namespace ScoringCluster.Engine.Runtimes;

/// <summary>
/// Holds the tensors of one execution against the signature: engines differ in what they make of tensors that do not
/// fit, from an exception that names nothing to memory read beyond its end.
/// </summary>
public static class Bindings
{
    /// <returns>Null where they fit.</returns>
    public static EngineFault? Check(
        ModelSignature signature, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> outputs)
    {
        if (inputs.Length != signature.Inputs.Length || outputs.Length != signature.Outputs.Length)
        {
            return new EngineFault(
                $"{inputs.Length} inputs and {outputs.Length} outputs are bound; the signature has "
                + $"{signature.Inputs.Length} and {signature.Outputs.Length}.",
                signature.Name);
        }

        for (var i = 0; i < inputs.Length; i++)
        {
            if (!Fits(signature.Inputs[i], inputs[i]))
            {
                return Misfit("input", signature.Inputs[i], inputs[i]);
            }
        }

        for (var i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is { } output && !Fits(signature.Outputs[i], output))
            {
                return Misfit("output", signature.Outputs[i], output);
            }
        }

        return null;
    }

    private static bool Fits(TensorSpec spec, Tensor tensor) =>
        tensor.Type == spec.Type && spec.Shape.Accepts(tensor.Shape);

    private static EngineFault Misfit(string what, TensorSpec spec, Tensor tensor) => new(
        $"The {what} is {tensor.Type.ProtocolName()}{tensor.Shape}; "
            + $"{spec.Type.ProtocolName()}{spec.Shape} is expected.",
        spec.Name);
}
