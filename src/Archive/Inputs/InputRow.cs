namespace ScoringCluster.Archive.Inputs;

/// <summary>One input as it was when the job was planned.</summary>
/// <param name="Path">Relative to the input root, with '/'.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">Nanoseconds since 1970, UTC.</param>
public sealed record InputRow(string Path, long Size, long Modified)
{
    private const int NanosecondsPerTick = 100;

    public static long Nanoseconds(DateTime utc) => (utc.Ticks - DateTime.UnixEpoch.Ticks) * NanosecondsPerTick;
}
