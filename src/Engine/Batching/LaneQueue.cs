namespace ScoringCluster.Engine.Batching;

/// <summary>
/// What waits in one lane, in order of arrival and, within it, by group: the oldest part decides which group is next,
/// and younger parts of that group join it, so that mixed shapes do not cut batches short. Not thread-safe.
/// </summary>
internal sealed class LaneQueue
{
    private readonly LinkedList<QueuedWork> _arrived = new();
    private readonly Dictionary<BatchGroup, LinkedList<QueuedWork>> _groups = [];

    public long Rows { get; private set; }

    public long Bytes { get; private set; }

    public bool IsEmpty => _arrived.Count == 0;

    /// <summary>Everything that waits.</summary>
    public IReadOnlyList<QueuedWork> Parts => [.. _arrived];

    public void Add(QueuedWork part)
    {
        part.Place = _arrived.AddLast(part);
        if (!part.Alone)
        {
            if (!_groups.TryGetValue(part.Group, out var group))
            {
                _groups.Add(part.Group, group = new LinkedList<QueuedWork>());
            }

            part.GroupPlace = group.AddLast(part);
        }

        Count(part, 1);
    }

    /// <summary>False when the part does not wait (any more).</summary>
    public bool Remove(QueuedWork part)
    {
        if (part.Place is not { } place)
        {
            return false;
        }

        _arrived.Remove(place);
        part.Place = null;
        if (part.GroupPlace is { } groupPlace)
        {
            var group = groupPlace.List!;
            group.Remove(groupPlace);
            part.GroupPlace = null;
            if (group.Count == 0)
            {
                _groups.Remove(part.Group);
            }
        }

        Count(part, -1);
        return true;
    }

    /// <summary>Takes the part that waits longest; null where nothing waits.</summary>
    public QueuedWork? TakeOldest() => _arrived.First?.Value is { } part && Remove(part) ? part : null;

    /// <summary>The oldest part of a group; null where none waits.</summary>
    public QueuedWork? OldestOf(BatchGroup group) => _groups.GetValueOrDefault(group)?.First?.Value;

    private void Count(QueuedWork part, int sign)
    {
        Rows += sign * part.Rows;
        Bytes += sign * part.Bytes;
        part.Group.Cost.Wait(part.Request.Lane, sign * part.Rows);
    }
}
