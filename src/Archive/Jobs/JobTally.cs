using System.Collections;

namespace ScoringCluster.Archive.Jobs;

/// <summary>Counts committed shards, each once however often it is told. Not thread-safe.</summary>
public sealed class JobTally(JobPins pins)
{
    private readonly BitArray _committed = new(JobReader.PlanOf(pins).Shards);
    private long _scored;
    private long _bad;
    private int _count;

    public bool IsComplete => _count == _committed.Length;

    /// <summary>Shards that are not counted yet.</summary>
    public IReadOnlyList<int> Missing =>
        [.. Enumerable.Range(0, _committed.Length).Where(shard => !_committed[shard])];

    public void Add(int shard, int scored, int bad)
    {
        if (!_committed[shard])
        {
            _committed[shard] = true;
            _scored += scored;
            _bad += bad;
            _count++;
        }
    }

    public JobProgress ToProgress(DateTimeOffset now) =>
        new(pins.Job, pins.Rows, _scored, _bad, _committed.Length, _count, now);
}
