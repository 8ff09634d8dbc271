namespace ScoringCluster.Archive.Jobs;

/// <summary>Moments of a job after which a crash must be harmless; tests stop a job at each of them.</summary>
internal enum JobStep
{
    InputsListed,
    PlanWritten,
    JobPinned,
    ShardClaimed,
    ShardScored,
    DataWritten,
    DataNamed,
    ReceiptWritten,
    ReceiptNamed,
    ManifestWritten,
    LeftoversRemoved,
}
