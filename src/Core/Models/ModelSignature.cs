using System.Collections.Immutable;
using Orleans;

namespace ScoringCluster.Core;

/// <summary>One callable function of a model. Inputs and outputs are sorted by name, ordinally.</summary>
/// <param name="Batched">
/// True when axis 0 of every input and output is the batch axis, so that rows of several callers may be merged.
/// </param>
[GenerateSerializer, Immutable, Alias("scoring.v1.ModelSignature")]
public sealed record ModelSignature(
    [property: Id(0)] string Name,
    [property: Id(1)] ImmutableArray<TensorSpec> Inputs,
    [property: Id(2)] ImmutableArray<TensorSpec> Outputs,
    [property: Id(3)] bool Batched)
{
    /// <summary>The signature of a call that names none, where the model has it.</summary>
    public const string Default = "serving_default";

    public TensorSpec? FindInput(string name) => Find(Inputs, name);

    public TensorSpec? FindOutput(string name) => Find(Outputs, name);

    /// <summary>
    /// What can be said without running the model: every input and output has a first dimension of any size.
    /// </summary>
    public static bool LooksBatched(IEnumerable<TensorSpec> tensors) =>
        tensors.All(spec => spec.Shape.HasRank && spec.Shape.Rank > 0 && spec.Shape[0] == TensorShape.Any);

    private static TensorSpec? Find(ImmutableArray<TensorSpec> specs, string name)
    {
        foreach (var spec in specs)
        {
            if (spec.Name == name)
            {
                return spec;
            }
        }

        return null;
    }
}
