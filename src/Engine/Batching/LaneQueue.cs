using System.Runtime.InteropServices;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// What waits in one lane, in order of arrival and, within it, by group: the oldest part decides which group is next,
/// and younger parts of that group join it, so that mixed shapes do not cut batches short. Not thread-safe.
/// </summary>
internal sealed class LaneQueue
{
    private readonly WorkLine _arrived = new(ofGroup: false);
    private readonly Dictionary<BatchGroup, WorkLine> _groups = [];

    public long Rows { get; private set; }

    public long Bytes { get; private set; }

    public bool IsEmpty => _arrived.First is null;

    /// <summary>Everything that waits, the oldest first.</summary>
    public IEnumerable<QueuedWork> Parts
    {
        get
        {
            for (var part = _arrived.First; part is not null; part = _arrived.After(part))
            {
                yield return part;
            }
        }
    }

    public void Add(QueuedWork part)
    {
        _arrived.Add(part);
        if (!part.Alone)
        {
            ref var line = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, part.Group, out _);
            line ??= new WorkLine(ofGroup: true);
            line.Add(part);
        }

        part.Waits = true;
        Count(part, 1);
    }

    /// <summary>False when the part does not wait (any more).</summary>
    public bool Remove(QueuedWork part)
    {
        if (!part.Waits)
        {
            return false;
        }

        _arrived.Remove(part);
        if (!part.Alone)
        {
            var line = _groups[part.Group];
            line.Remove(part);

            // Lines of groups that are remembered stay: they are few, and come again with the next request.
            if (line.First is null && part.Group.Sizes is null)
            {
                _groups.Remove(part.Group);
            }
        }

        part.Waits = false;
        Count(part, -1);
        return true;
    }

    /// <summary>Takes the part that waits longest; null where nothing waits.</summary>
    public QueuedWork? TakeOldest() => _arrived.First is { } part && Remove(part) ? part : null;

    /// <summary>The oldest part of a group; null where none waits.</summary>
    public QueuedWork? OldestOf(BatchGroup group) => _groups.GetValueOrDefault(group)?.First;

    private void Count(QueuedWork part, int sign)
    {
        Rows += sign * part.Rows;
        Bytes += sign * part.Bytes;
        part.Group.Cost.Wait(part.Request.Lane, sign * part.Rows);
    }
}
