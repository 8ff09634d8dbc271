namespace ScoringCluster.Cli;

/// <summary>What every command ends with.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The work failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;
}
