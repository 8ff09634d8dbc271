namespace ScoringCluster.Engine.Simulated;

/// <summary>
/// When a simulated slot is done with its executions. A sleeping thread wakes up late, on a busy machine by more than
/// an execution takes; so the slot's time goes on by what executions cost, and by how much the thread overslept one
/// the next is shorter. Over many executions the slot is as fast as declared. Pure arithmetic on times since any
/// moment; used by one thread at a time.
/// </summary>
internal sealed class SlotClock
{
    /// <summary>
    /// Beyond this a thread did not oversleep: the whole process stood still, and its device with it.
    /// </summary>
    public static readonly TimeSpan LateMax = TimeSpan.FromMilliseconds(250);

    private TimeSpan _freeAt;
    private TimeSpan _late;

    /// <summary>An execution begins.</summary>
    /// <param name="now">Not before the last <see cref="End"/>.</param>
    /// <returns>When it is done: never later than <paramref name="cost"/> from now, and never sooner than
    /// <paramref name="cost"/> after the one before it.</returns>
    public TimeSpan Begin(TimeSpan now, TimeSpan cost)
    {
        // Time in which the slot had nothing to do is lost to it, as it would be to a device.
        var started = now - _late;
        _freeAt = (started > _freeAt ? started : _freeAt) + cost;
        return _freeAt;
    }

    /// <summary>The thread woke up.</summary>
    public void End(TimeSpan now)
    {
        var late = now - _freeAt;
        _late = late < TimeSpan.Zero ? TimeSpan.Zero : late < LateMax ? late : LateMax;
    }
}
