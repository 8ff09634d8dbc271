namespace ScoringCluster.Engine.Runtimes;

/// <summary>Why an execution failed.</summary>
/// <param name="Message">The engine's own words, shortened to one line.</param>
/// <param name="Where">The node, op or tensor that failed, as the SavedModel names it; null where the engine does not
/// say.</param>
public sealed record EngineFault(string Message, string? Where)
{
    public override string ToString() => Where is null ? Message : $"{Where}: {Message}";
}
