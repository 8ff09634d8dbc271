namespace ScoringCluster.Core;

/// <summary>Holds the tensors of a request against a signature and finds everything that does not fit.</summary>
public static class SignatureCheck
{
    /// <param name="actual">Names, types and shapes as sent.</param>
    /// <param name="violations">Gets one entry for each thing that is wrong.</param>
    /// <returns>Entries along the batch axis; 1 where the signature has none or nothing can be said.</returns>
    public static int Check(
        ModelSignature signature, IReadOnlyList<TensorSpec> actual, List<FaultViolation> violations)
    {
        var before = violations.Count;
        if (actual.Count > 1)
        {
            CheckDoubles(actual, violations);
        }

        for (var i = 0; i < actual.Count; i++)
        {
            if (signature.FindInput(actual[i].Name) is null)
            {
                violations.Add(new(
                    $"inputs[{actual[i].Name}]",
                    $"signature '{signature.Name}' has no such input; it has {Names(signature)}"));
            }
        }

        foreach (var spec in signature.Inputs)
        {
            var tensor = Find(actual, spec.Name);
            if (tensor is null)
            {
                violations.Add(
                    new($"inputs[{spec.Name}]", $"missing; expected {spec.Type.ProtocolName()} {spec.Shape}"));
                continue;
            }

            if (tensor.Type != spec.Type)
            {
                violations.Add(new(
                    $"inputs[{spec.Name}].datatype",
                    $"expected {spec.Type.ProtocolName()}, got {tensor.Type.ProtocolName()}"));
            }

            if (!spec.Shape.Accepts(tensor.Shape))
            {
                violations.Add(new($"inputs[{spec.Name}].shape", $"expected {spec.Shape}, got {tensor.Shape}"));
            }
        }

        return violations.Count == before && signature.Batched && actual.Count > 0 ? Rows(actual, violations) : 1;
    }

    /// <param name="wanted">Names of outputs as asked for; none asks for all.</param>
    /// <param name="violations">Gets one entry for each name that the signature does not have.</param>
    public static void CheckOutputs(
        ModelSignature signature, IEnumerable<string> wanted, List<FaultViolation> violations)
    {
        foreach (var name in wanted)
        {
            if (signature.FindOutput(name) is not null)
            {
                continue;
            }

            var there = string.Join(", ", signature.Outputs.Select(o => o.Name));
            violations.Add(new(
                $"outputs[{name}]", $"signature '{signature.Name}' has no such output; it has {there}"));
        }
    }

    private static TensorSpec? Find(IReadOnlyList<TensorSpec> tensors, string name)
    {
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name == name)
            {
                return tensors[i];
            }
        }

        return null;
    }

    private static void CheckDoubles(IReadOnlyList<TensorSpec> tensors, List<FaultViolation> violations)
    {
        foreach (var group in tensors.GroupBy(t => t.Name).Where(g => g.Count() > 1))
        {
            violations.Add(new($"inputs[{group.Key}]", "given twice"));
        }
    }

    private static bool HaveRows(IReadOnlyList<TensorSpec> tensors, long rows)
    {
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Shape[0] != rows)
            {
                return false;
            }
        }

        return true;
    }

    private static int Rows(IReadOnlyList<TensorSpec> actual, List<FaultViolation> violations)
    {
        var rows = actual[0].Shape[0];
        if (!HaveRows(actual, rows))
        {
            var shapes = string.Join(", ", actual.Select(t => $"{t.Name} {t.Shape}"));
            violations.Add(new("inputs", $"the inputs differ in their number of rows: {shapes}"));
        }
        else if (rows is < 1 or > Limits.RowsPerRequestMax)
        {
            violations.Add(new("inputs", $"1 to {Limits.RowsPerRequestMax} rows are expected, got {rows}"));
        }
        else
        {
            return (int)rows;
        }

        return 1;
    }

    private static string Names(ModelSignature signature) => string.Join(", ", signature.Inputs.Select(i => i.Name));
}
