namespace ScoringCluster.Engine.Batching;

/// <summary>
/// One timer for all requests of a queue, which has it go off at the earliest deadline. Most requests are answered long
/// before theirs, so that a timer for each would be made and dropped for nothing. Used under the queue's lock.
/// </summary>
/// <param name="due">Called on a thread of the pool when a deadline has passed; sets the next one.</param>
internal sealed class DeadlineTimer(TimeProvider time, Action due) : IDisposable
{
    private ITimer? _timer;
    private long _deadline = long.MaxValue;

    /// <summary>Goes off at this deadline if no earlier one is set.</summary>
    public void NotAfter(long deadline)
    {
        if (deadline < _deadline)
        {
            Set(deadline);
        }
    }

    /// <summary>Goes off at this deadline, whatever was set; never for the largest.</summary>
    public void Set(long deadline)
    {
        _deadline = deadline;
        if (deadline == long.MaxValue)
        {
            return;
        }

        // Rounded up: a timer that goes off before the deadline finds nothing to expire and has to be set again.
        var left = time.GetElapsedTime(time.GetTimestamp(), deadline).TotalMilliseconds;
        var wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(left)));
        if (_timer is null)
        {
            _timer = time.CreateTimer(
                static state => ((DeadlineTimer)state!).GoOff(), this, wait, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void GoOff() => due();
}
