namespace ScoringCluster.Archive.Shards;

/// <summary>
/// How a job's rows are cut: shard <c>i</c> is the <paramref name="ShardRows"/> rows from <c>i × ShardRows</c>, the
/// last one what is left. A function of the counts alone, so that every process cuts alike.
/// </summary>
public sealed record ShardPlan(long Rows, int ShardRows)
{
    public int Format { get; init; } = 1;

    public int Shards => checked((int)((Rows + ShardRows - 1) / ShardRows));

    public Shard this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Shards, nameof(index));
            var first = (long)index * ShardRows;
            return new Shard(index, first, (int)Math.Min(ShardRows, Rows - first));
        }
    }
}

/// <summary>A contiguous range of a job's rows.</summary>
public readonly record struct Shard(int Index, long FirstRow, int Rows);
