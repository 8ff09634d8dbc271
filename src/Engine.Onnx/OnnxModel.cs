using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Onnx;

/// <summary>A loaded model on ONNX Runtime.</summary>
internal sealed class OnnxModel : IModel
{
    private readonly Dictionary<string, SignaturePlan> _plans;
    private readonly OnnxSessions[] _sessions;
    private readonly RunOptions _runOptions = new();
    private readonly RunOptions _trimOptions = new();
    private readonly BoundValues[] _bound;
    private readonly Dictionary<string, SlotBinding[]> _bindings;

    public OnnxModel(
        IReadOnlyList<SignaturePlan> plans, IReadOnlyDictionary<string, string> refused, OnnxSessions[] sessions,
            int slots)
    {
        _plans = plans.ToDictionary(p => p.Signature.Name, StringComparer.Ordinal);
        _sessions = sessions;
        _trimOptions.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
        _bound = [.. Enumerable.Range(0, slots).Select(_ => new BoundValues())];
        _bindings = plans.ToDictionary(
            p => p.Signature.Name,
            p => Enumerable.Range(0, slots).Select(slot => new SlotBinding(p, p.Sessions[slot])).ToArray(),
            StringComparer.Ordinal);
        Signatures = [.. plans.Select(p => p.Signature)];
        Refused = refused;
        MemoryBytes = sessions.Sum(s => s.MemoryBytes);
    }

    /// <inheritdoc />
    public IReadOnlyList<ModelSignature> Signatures { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Refused { get; }

    /// <inheritdoc />
    public long MemoryBytes { get; }

    /// <inheritdoc />
    public EngineFault? Execute(ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
    {
        if (Bindings.Check(signature, inputs, outputs) is { } misfit)
        {
            return misfit;
        }

        var plan = _plans[signature.Name];
        _bound[slot].Trim();
        try
        {
            if (outputs.Contains(null) || HasText(inputs))
            {
                return RunAnew(plan, slot, inputs, outputs);
            }

            _bindings[signature.Name][slot].Run(_runOptions, _bound[slot], inputs, outputs);
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return new EngineFault(OnnxErrors.Line(e), OnnxErrors.Where(e, plan.Sessions.Origins));
        }
    }

    /// <inheritdoc />
    public void Trim(int slot)
    {
        foreach (var plan in _plans.Values.DistinctBy(p => p.Sessions).Where(p => p.Signature.Batched))
        {
            if (!plan.Signature.Inputs.All(spec => spec.HasFixedRows))
            {
                continue;
            }

            // ONNX Runtime lets go of its arena at the end of a run: one row is the least that runs.
            var inputs = TensorRows.Zeros(TensorBlockPool.Shared, plan.Signature.Inputs);
            try
            {
                using var bound = new BoundValues();
                using var results = plan.Sessions[slot].Run(
                    _trimOptions, plan.InputNames, [.. inputs.Select(bound.Of)], plan.OutputNames);
            }
            catch (OnnxRuntimeException)
            {
                // Rows of zeros may be what a model refuses; nobody waits for these.
            }
            finally
            {
                Array.ForEach(inputs, input => input.Dispose());
            }
        }
    }

    public void Dispose()
    {
        foreach (var binding in _bindings.Values.SelectMany(bindings => bindings))
        {
            binding.Dispose();
        }

        foreach (var bound in _bound)
        {
            bound.Dispose();
        }

        foreach (var session in _sessions)
        {
            session.Dispose();
        }

        _runOptions.Dispose();
        _trimOptions.Dispose();
    }

    /// <summary>Where strings come in, or ONNX Runtime has to allocate results.</summary>
    private EngineFault? RunAnew(
        SignaturePlan plan, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
    {
        var texts = new List<OrtValue>();
        try
        {
            var values = new OrtValue[inputs.Length];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = inputs[i].Type == ElementType.Bytes ? Text(inputs[i], texts) : _bound[slot].Of(inputs[i]);
            }

            using var results = plan.Sessions[slot].Run(_runOptions, plan.InputNames, values, plan.OutputNames);
            return Take(plan.Signature, results, outputs);
        }
        finally
        {
            texts.ForEach(text => text.Dispose());
        }
    }

    private static bool HasText(ReadOnlySpan<Tensor> inputs)
    {
        foreach (var input in inputs)
        {
            if (input.Type == ElementType.Bytes)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Copies results that ONNX Runtime allocated: into the caller's tensor, or into one made here.</summary>
    private static EngineFault? Take(ModelSignature signature, IReadOnlyList<OrtValue> results, Span<Tensor?> outputs)
    {
        var made = new List<(int Index, Tensor Tensor)>();
        for (var i = 0; i < outputs.Length; i++)
        {
            var spec = signature.Outputs[i];
            var shape = TensorShape.Of(results[i].GetTensorTypeAndShape().Shape);
            if (outputs[i] is { } given)
            {
                if (given.Shape != shape)
                {
                    made.ForEach(m => m.Tensor.Dispose());
                    return new EngineFault($"The output has the shape {shape}; {given.Shape} was expected.", spec.Name);
                }

                results[i].GetTensorMutableRawData()[..given.ByteLength].CopyTo(given.Bytes);
                continue;
            }

            made.Add((i, spec.Type == ElementType.Bytes
                ? TextTensors.Pack(spec.Name, shape, results[i])
                : Copy(spec, shape, results[i])));
        }

        foreach (var (index, tensor) in made)
        {
            outputs[index] = tensor;
        }

        return null;
    }

    private static Tensor Copy(TensorSpec spec, TensorShape shape, OrtValue result)
    {
        var tensor = Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, shape);
        if (tensor.ByteLength > 0)
        {
            result.GetTensorMutableRawData()[..tensor.ByteLength].CopyTo(tensor.Bytes);
        }

        return tensor;
    }

    private static OrtValue Text(Tensor tensor, List<OrtValue> made)
    {
        var value = TextTensors.Unpack(tensor);
        made.Add(value);
        return value;
    }
}
