using System.Runtime.InteropServices;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// What waits in one lane: by priority, then in order of arrival, and within both by group, so that parts of one group
/// join each other and mixed shapes do not cut batches short. Not thread-safe.
/// </summary>
/// <param name="levels">Of priority.</param>
internal sealed class LaneQueue(int levels)
{
    private readonly WorkLine[] _arrived = [.. Enumerable.Range(0, levels).Select(_ => new WorkLine(ofGroup: false))];
    private readonly Dictionary<(BatchGroup Group, int Level), WorkLine> _groups = [];

    public long Rows { get; private set; }

    public long Bytes { get; private set; }

    public bool IsEmpty => First is null;

    /// <summary>Whose turn it is: the oldest of the first level that has any; null where nothing waits.</summary>
    public QueuedWork? First
    {
        get
        {
            foreach (var line in _arrived)
            {
                if (line.First is { } first)
                {
                    return first;
                }
            }

            return null;
        }
    }

    /// <summary>Everything that waits, level by level, the oldest first.</summary>
    public IEnumerable<QueuedWork> Parts
    {
        get
        {
            foreach (var line in _arrived)
            {
                for (var part = line.First; part is not null; part = line.After(part))
                {
                    yield return part;
                }
            }
        }
    }

    /// <summary>The oldest part of each level.</summary>
    public IEnumerable<QueuedWork> Oldest => _arrived.Select(line => line.First).OfType<QueuedWork>();

    public void Add(QueuedWork part)
    {
        _arrived[part.Level].Add(part);
        if (!part.Alone)
        {
            ref var line = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, (part.Group, part.Level), out _);
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

        _arrived[part.Level].Remove(part);
        if (!part.Alone)
        {
            var line = _groups[(part.Group, part.Level)];
            line.Remove(part);

            // Lines of groups that are remembered stay: they are few, and come again with the next request.
            if (line.First is null && part.Group.Sizes is null)
            {
                _groups.Remove((part.Group, part.Level));
            }
        }

        part.Waits = false;
        Count(part, -1);
        return true;
    }

    /// <summary>The next part of a group; null where none waits.</summary>
    public QueuedWork? FirstOf(BatchGroup group)
    {
        for (var level = 0; level < _arrived.Length; level++)
        {
            if (_groups.GetValueOrDefault((group, level))?.First is { } first)
            {
                return first;
            }
        }

        return null;
    }

    /// <summary>Rows of a group's parts.</summary>
    public long RowsOf(BatchGroup group)
    {
        var rows = 0L;
        for (var level = 0; level < _arrived.Length; level++)
        {
            rows += _groups.GetValueOrDefault((group, level))?.Rows ?? 0;
        }

        return rows;
    }

    /// <summary>The next part of a group that has so many rows; null where no group has.</summary>
    public QueuedWork? FirstOfAtLeast(int enough)
    {
        foreach (var (group, _) in _groups.Keys)
        {
            if (RowsOf(group) >= enough)
            {
                return FirstOf(group);
            }
        }

        return null;
    }

    private void Count(QueuedWork part, int sign)
    {
        Rows += sign * part.Rows;
        Bytes += sign * part.Bytes;
        part.Group.Cost.Wait(part.Request.Lane, sign * part.Rows);
    }
}
