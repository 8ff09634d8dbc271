namespace ScoringCluster.SavedModel;

/// <summary>
/// A SavedModel is damaged, incomplete or of a kind that cannot be read. The message names the file, node or variable
/// and what is wrong with it.
/// </summary>
public sealed class SavedModelException : Exception
{
    public SavedModelException(string message)
        : base(message)
    {
    }

    public SavedModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// True when the files are sound but the graph does what a flat inference graph cannot express (it assigns
    /// variables, reads what another signature changes…), so that TensorFlow itself might still run it.
    /// </summary>
    public bool Unsupported { get; init; }
}
