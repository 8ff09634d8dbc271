namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>What a process is in the cluster.</summary>
public enum ClusterRole
{
    /// <summary>Gateway and silo in one process: the laptop.</summary>
    All,

    /// <summary>Devices, replicas, control plane and jobs; speaks to the cluster only.</summary>
    Silo,

    /// <summary>Protocols and routing; hosts no grain of ours.</summary>
    Gateway,
}
