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

    public bool Has(int shard) => _committed[shard];

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

    /// <summary>Looks for receipts of the shards that are not counted yet: true whatever was told or lost.</summary>
    public async Task ReadAsync(JobFolder folder, CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < _committed.Length; shard++)
        {
            if (!_committed[shard] && File.Exists(folder.ReceiptFile(shard))
                && await JobReader.ReadReceiptAsync(folder, shard, cancellationToken) is { } receipt)
            {
                Add(shard, receipt.Scored, receipt.Bad);
            }
        }
    }

    public JobProgress ToProgress(DateTimeOffset now) =>
        new(pins.Job, pins.Rows, _scored, _bad, _committed.Length, _count, now);
}
