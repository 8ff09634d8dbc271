namespace ScoringCluster.Engine.Runtimes;

/// <summary>
/// A folder could not be loaded: damaged, incomplete, or beyond the engine. The message names file, node or op, and
/// what to do where there is something to do.
/// </summary>
public class ModelLoadException : Exception
{
    public ModelLoadException(string message)
        : base(message)
    {
    }

    public ModelLoadException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// True when the model is sound and this engine cannot run it (an op it does not translate), so that another
    /// engine might; false for damaged files.
    /// </summary>
    public bool Refused { get; init; }
}
