using Orleans.Placement;

namespace ScoringCluster.Contracts.Placement;

/// <summary>
/// Places a grain on the silo that its key (a <see cref="Core.ReplicaKey"/>) names. No directory remembers it, so that
/// the departure of some other silo, which held the directory's entry, deactivates nothing.
/// </summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("scoring.v1.SiloPinnedPlacement")]
public sealed class SiloPinnedPlacement : PlacementStrategy
{
    /// <inheritdoc />
    public override bool IsUsingGrainDirectory => false;
}

/// <summary>The grain lives where its key says.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SiloPinnedPlacementAttribute() : PlacementAttribute(new SiloPinnedPlacement());
