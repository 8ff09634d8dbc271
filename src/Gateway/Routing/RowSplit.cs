using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>Consecutive rows of a request.</summary>
internal readonly record struct RowRange(int First, int Count);

/// <summary>
/// Into which parts a request goes: so large that a part is one execution and, between processes, one message of
/// bounded size. A connection carries its messages one after the other, and a large one holds up all behind it.
/// </summary>
internal static class RowSplit
{
    /// <param name="bytes">Of all rows, or of the answer to them where that is larger.</param>
    /// <param name="batchRowsMax">Rows of one execution; 0 where it is not known.</param>
    /// <param name="replicas">Replicas that parts may go to.</param>
    /// <param name="remote">True where some of them are in other processes.</param>
    /// <returns>Ranges in the order of the rows, as even as they can be.</returns>
    public static IReadOnlyList<RowRange> Split(int rows, long bytes, int batchRowsMax, int replicas, bool remote)
    {
        // One replica in this process splits by itself, without copying a row.
        var most = replicas > 1 && batchRowsMax > 0 ? batchRowsMax : rows;
        if (remote)
        {
            var rowBytes = Math.Max(1, bytes / Math.Max(1, rows));
            most = (int)Math.Min(most, Math.Max(1, Limits.MessageBytesTarget / rowBytes));
        }

        var count = ((rows - 1) / most) + 1;
        var parts = new RowRange[count];
        for (var i = 0; i < count; i++)
        {
            var first = (int)((long)rows * i / count);
            parts[i] = new RowRange(first, (int)((long)rows * (i + 1) / count) - first);
        }

        return parts;
    }
}
