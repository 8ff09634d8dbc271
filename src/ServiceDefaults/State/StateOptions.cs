namespace ScoringCluster.ServiceDefaults.State;

/// <summary>Where this process keeps what outlives it (section <c>State</c>).</summary>
public sealed class StateOptions
{
    public const string Section = "State";

    /// <summary>A folder of this process's own.</summary>
    /// <value>The default is <c>scoringcluster</c> in the user's state folder (<c>~/.local/state</c>, or
    /// XDG_STATE_HOME).</value>
    public string? Folder { get; set; }
}
