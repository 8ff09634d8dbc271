using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Replicas;

/// <summary>
/// Rows for one replica. Blocks of <see cref="Inputs"/> belong to the callee once the call is made: the caller neither
/// reads nor returns them afterwards, whatever comes of the call.
/// </summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.ScoreCommand")]
public sealed class ScoreCommand
{
    /// <summary>The signature's name as the model spells it.</summary>
    [Id(0)]
    public required string Signature { get; init; }

    /// <summary>Named tensors in any order; all names, types and shapes are checked again by the replica.</summary>
    [Id(1)]
    public required ImmutableArray<Tensor> Inputs { get; init; }

    /// <summary>Outputs that the caller wants; empty for all.</summary>
    [Id(2)]
    public ImmutableArray<string> Outputs { get; init; } = [];

    /// <summary>Entries along the batch axis; 1 where the signature has none.</summary>
    [Id(3)]
    public required int Rows { get; init; }

    [Id(4)]
    public Lane Lane { get; init; }

    /// <summary>
    /// What is left of the caller's deadline when the call is made; relative, so that clocks of two machines need not
    /// agree.
    /// </summary>
    [Id(5)]
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>1 for the level of priority that is served first, and so on; 0 for the model's default.</summary>
    [Id(6)]
    public int Priority { get; init; }
}
