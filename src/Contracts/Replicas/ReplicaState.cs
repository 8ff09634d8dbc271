namespace ScoringCluster.Contracts.Replicas;

/// <summary>The life of a replica. The numbers travel between processes.</summary>
public enum ReplicaState
{
    Absent = 0,
    Loading = 1,
    Ready = 2,

    /// <summary>Its load failed; the report says why.</summary>
    Failed = 3,

    /// <summary>It takes no new rows and goes when the last lease is returned.</summary>
    Draining = 4,
}
