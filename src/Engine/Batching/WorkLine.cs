namespace ScoringCluster.Engine.Batching;

/// <summary>
/// Parts in line, linked through themselves: a place costs no memory of its own, and anyone may leave. Not thread-safe.
/// </summary>
/// <param name="ofGroup">Which of a part's two places the line uses: the one in its group, or the one in its
/// lane.</param>
internal sealed class WorkLine(bool ofGroup)
{
    private QueuedWork? _last;

    /// <summary>Who waits longest; null where nobody waits.</summary>
    public QueuedWork? First { get; private set; }

    /// <summary>Rows of all in line.</summary>
    public long Rows { get; private set; }

    /// <summary>Who stands behind a part; null behind the last.</summary>
    public QueuedWork? After(QueuedWork part) => PlaceOf(part).Next;

    public void Add(QueuedWork part)
    {
        PlaceOf(part) = new Place { Previous = _last };
        if (_last is { } last)
        {
            PlaceOf(last).Next = part;
        }
        else
        {
            First = part;
        }

        _last = part;
        Rows += part.Rows;
    }

    /// <param name="part">In this line.</param>
    public void Remove(QueuedWork part)
    {
        var (previous, next) = (PlaceOf(part).Previous, PlaceOf(part).Next);
        if (previous is null)
        {
            First = next;
        }
        else
        {
            PlaceOf(previous).Next = next;
        }

        if (next is null)
        {
            _last = previous;
        }
        else
        {
            PlaceOf(next).Previous = previous;
        }

        PlaceOf(part) = default;
        Rows -= part.Rows;
    }

    private ref Place PlaceOf(QueuedWork part) => ref ofGroup ? ref part.InGroup : ref part.InLane;

    /// <summary>Neighbours in a line.</summary>
    internal struct Place
    {
        public QueuedWork? Previous;

        public QueuedWork? Next;
    }
}
