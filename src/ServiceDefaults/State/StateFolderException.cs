namespace ScoringCluster.ServiceDefaults.State;

/// <summary>The state folder cannot be used; the message says which and why.</summary>
public sealed class StateFolderException(string message, Exception innerException) : Exception(message, innerException);
