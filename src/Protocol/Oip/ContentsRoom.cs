namespace ScoringCluster.Protocol.Oip;

/// <summary>What the typed contents of one request may take as tensors: eight times their message at worst.</summary>
internal struct ContentsRoom(long max)
{
    private long _left = max;

    /// <summary>True once something had no room.</summary>
    public bool IsExceeded { get; private set; }

    public bool TryTake(long bytes)
    {
        if (bytes > _left)
        {
            IsExceeded = true;
            return false;
        }

        _left -= bytes;
        return true;
    }
}
