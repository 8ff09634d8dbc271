namespace ScoringCluster.Cli.Bench;

/// <summary>How the service is divided into processes.</summary>
internal enum BenchRole
{
    /// <summary>Gateway and silo in one.</summary>
    All,

    /// <summary>A gateway and a silo.</summary>
    Split,
}
