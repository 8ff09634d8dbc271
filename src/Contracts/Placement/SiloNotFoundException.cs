namespace ScoringCluster.Contracts.Placement;

/// <summary>
/// The silo that a replica's key names is not there. Not an Orleans exception on purpose: those are tried again for
/// half
/// a second, and the router knows better what to do.
/// </summary>
[GenerateSerializer, Alias("scoring.v1.SiloNotFoundException")]
public sealed class SiloNotFoundException : Exception
{
    public SiloNotFoundException(string message)
        : base(message)
    {
    }
}
