namespace ScoringCluster.Core;

/// <summary>Which work a row belongs to. The numbers travel between processes.</summary>
public enum Lane
{
    /// <summary>A caller waits for the answer.</summary>
    Online = 0,

    /// <summary>Rows of an archive job, which waits for nobody.</summary>
    Archive = 1,
}
