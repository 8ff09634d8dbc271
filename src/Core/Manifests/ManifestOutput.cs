using System.Collections.Immutable;

namespace ScoringCluster.Core;

/// <summary>Which output holds the scores, and what they are.</summary>
public sealed record ManifestOutput
{
    /// <summary>The signature's output; null for the only one.</summary>
    public string? Tensor { get; init; }

    public ScoreKind Kind { get; init; } = ScoreKind.Probabilities;
}

public enum ScoreKind
{
    /// <summary>Probabilities as they are: the model ends in softmax or sigmoid.</summary>
    Probabilities = 1,

    /// <summary>Softmax (sigmoid for a single column) turns them into probabilities.</summary>
    Logits = 2,
}

/// <summary>What is known of the training; for people, nothing is computed from it.</summary>
public sealed record ManifestTraining
{
    /// <summary>Share of right answers on images kept back, 0 to 1.</summary>
    public double? ValidationAccuracy { get; init; }
}

/// <summary>How scores were distributed at training time: equal bins over 0 to 1, counts or shares by class.</summary>
public sealed record ManifestBaseline
{
    public required int Bins { get; init; }

    public required ImmutableSortedDictionary<string, ImmutableArray<double>> Histograms { get; init; }
}
