namespace ScoringCluster.Gateway.Routing;

/// <summary>What a gateway knows of a replica's load: its last report, and the calls that are on their way.</summary>
internal sealed class ReplicaLoad(TimeProvider time)
{
    /// <summary>How long a replica that did not answer is passed over: the route table says more by then.</summary>
    private static readonly TimeSpan _away = TimeSpan.FromSeconds(5);

    private volatile Report _last = new(0, 0, IsAway: false);
    private int _inFlight;

    /// <summary>
    /// Less is better: replicas that are there, then fewer queued seconds, then fewer calls on their way. A queue is
    /// worked off while nobody asks: what was reported counts less by the second, or a replica that was busy once
    /// would be avoided until the others are as busy.
    /// </summary>
    public (bool IsAway, double QueuedSeconds, int InFlight) Weight
    {
        get
        {
            var last = _last;
            var age = time.GetElapsedTime(last.Timestamp);
            return (
                last.IsAway && age < _away,
                Math.Max(0, last.QueuedSeconds - age.TotalSeconds),
                Volatile.Read(ref _inFlight));
        }
    }

    public void OnCall() => Interlocked.Increment(ref _inFlight);

    public void OnReturn() => Interlocked.Decrement(ref _inFlight);

    public void OnAnswer(double queuedSeconds) => _last = new Report(queuedSeconds, time.GetTimestamp(), IsAway: false);

    /// <summary>The replica is not loaded, or does not answer.</summary>
    public void OnAway() => _last = new Report(0, time.GetTimestamp(), IsAway: true);

    private sealed record Report(double QueuedSeconds, long Timestamp, bool IsAway);
}
