namespace ScoringCluster.Archive.Inputs;

/// <summary>A folder of the archive cannot be listed; the message names it and what the system says.</summary>
internal sealed class ArchiveUnreadableException(string message, Exception inner) : Exception(message, inner);
