namespace ScoringCluster.SavedModel.Flattening;

/// <summary>Operations that hand their input on unchanged, as far as a result is concerned.</summary>
internal static class Plumbing
{
    /// <summary>The input that an output of the node equals; null for an operation that computes.</summary>
    public static int? Passes(string op, int output) => op switch
    {
        "Identity" or "StopGradient" or "PreventGradient" or "Snapshot" or "EnsureShape" or "CheckNumerics"
            or "PlaceholderWithDefault" => output == 0 ? 0 : null,
        "IdentityN" => output,
        _ => null,
    };

    public static bool IsReferenceVariable(string op) => op is "VariableV2" or "Variable";

    public static bool IsAssignment(string op) =>
        op.StartsWith("Assign", StringComparison.Ordinal)
        || op.StartsWith("ResourceScatter", StringComparison.Ordinal)
        || op.StartsWith("ResourceApply", StringComparison.Ordinal)
        || op.StartsWith("ResourceSparseApply", StringComparison.Ordinal)
        || op is "ResourceStridedSliceAssign" or "StridedSliceAssign"
            or "ScatterUpdate" or "ScatterAdd" or "ScatterSub" or "ScatterMul" or "ScatterDiv" or "ScatterMin"
            or "ScatterMax" or "ScatterNdUpdate" or "ScatterNdAdd" or "ScatterNdSub"
            or "CountUpTo" or "ResourceCountUpTo";
}
