using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>Holds what a request states of its tensors against itself and against a signature.</summary>
internal static class InferRequestCheck
{
    /// <returns>The request's rows; 1 where something is wrong.</returns>
    public static int Check(InferRequest request, ModelSignature signature, List<FaultViolation> violations)
    {
        var inputs = new List<TensorSpec>(request.Inputs.Count);
        HashSet<string>? incomplete = null;
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            var input = request.Inputs[i];
            if (IsWhole(input))
            {
                inputs.Add(input.TryGetSpec()!);
                continue;
            }

            var at = input.Name.Length > 0 ? $"inputs[{input.Name}]" : $"inputs[{i}]";
            Explain(input, at, violations);
            if (input.TryGetSpec() is { } spec)
            {
                inputs.Add(spec);
            }
            else
            {
                (incomplete ??= []).Add(at);
            }
        }

        if (request.Outputs.Count > 0)
        {
            SignatureCheck.CheckOutputs(signature, request.Outputs.Select(o => o.Name), violations);
        }

        if (incomplete is null)
        {
            return SignatureCheck.Check(signature, inputs, violations);
        }

        // An input that says too little of itself would be called missing, which it is not.
        var misfits = new List<FaultViolation>();
        var rows = SignatureCheck.Check(signature, inputs, misfits);
        violations.AddRange(misfits.Where(v => !incomplete.Contains(v.Field)));
        return rows;
    }

    /// <summary>True where <see cref="Explain"/> finds nothing.</summary>
    internal static bool IsWhole(InferInput input) =>
        input.TryGetSpec() is { } spec && StatedSize.TryCount(spec, out _) && input.HasData;

    private static void Explain(InferInput input, string at, List<FaultViolation> violations)
    {
        if (input.Name.Length == 0)
        {
            violations.Add(new($"{at}.name", "missing"));
        }

        if (input.DataType is null)
        {
            violations.Add(new($"{at}.datatype", "missing"));
        }
        else if (!ElementTypes.TryParseProtocolName(input.DataType, out _))
        {
            violations.Add(new($"{at}.datatype", $"'{input.DataType}' is no type of the protocol"));
        }

        if (input.Shape is null && !input.ShapeExplained)
        {
            violations.Add(new($"{at}.shape", "missing"));
        }
        else if (input.TryGetSpec() is { } spec && !StatedSize.TryCount(spec, out _))
        {
            violations.Add(new($"{at}.shape", $"{spec.Shape} has more elements than a tensor may have"));
        }

        if (!input.HasData && !input.DataExplained)
        {
            violations.Add(new(
                $"{at}.data", input.DataAt < 0 ? "missing" : "given twice: as JSON and as binary_data_size"));
        }
    }
}
