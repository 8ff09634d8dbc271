namespace ScoringCluster.Gateway.Routing;

/// <summary>What a gateway knows of a replica's load: its last report, and the calls that are on their way.</summary>
internal sealed class ReplicaLoad(TimeProvider time)
{
    /// <summary>How long a replica that did not answer is passed over: the route table says more by then.</summary>
    private static readonly TimeSpan _away = TimeSpan.FromSeconds(5);

    /// <summary>Before this a second call would only double the work: garbage collections take as long.</summary>
    private static readonly TimeSpan _hedgeMin = TimeSpan.FromMilliseconds(100);

    /// <summary>Before anything is known of a replica: its first answer may take long, and once.</summary>
    private static readonly TimeSpan _hedgeUnknown = TimeSpan.FromSeconds(2);

    /// <summary>A call that takes so many times the usual is late.</summary>
    private const double LateFactor = 4;

    /// <summary>Weight of the newest answer in the usual time.</summary>
    private const double NewestWeight = 0.1;

    private volatile Report _last = new(0, 0, IsAway: false);
    private int _inFlight;
    private double _usualSeconds;

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

    /// <summary>After this a call is late, and another replica is asked as well.</summary>
    public TimeSpan LateAfter
    {
        get
        {
            var usual = Volatile.Read(ref _usualSeconds);
            var late = TimeSpan.FromSeconds((LateFactor * usual) + _last.QueuedSeconds);
            return usual == 0 ? _hedgeUnknown : late > _hedgeMin ? late : _hedgeMin;
        }
    }

    public void OnCall() => Interlocked.Increment(ref _inFlight);

    public void OnReturn() => Interlocked.Decrement(ref _inFlight);

    /// <param name="elapsed">From the call to its answer.</param>
    public void OnAnswer(double queuedSeconds, TimeSpan elapsed)
    {
        _last = new Report(queuedSeconds, time.GetTimestamp(), IsAway: false);

        // Two answers may overwrite each other's sample: an estimate may lose one.
        var usual = Volatile.Read(ref _usualSeconds);
        var seconds = elapsed.TotalSeconds;
        Volatile.Write(ref _usualSeconds, usual == 0 ? seconds : usual + (NewestWeight * (seconds - usual)));
    }

    /// <summary>The replica is not loaded, or does not answer.</summary>
    public void OnAway() => _last = new Report(0, time.GetTimestamp(), IsAway: true);

    private sealed record Report(double QueuedSeconds, long Timestamp, bool IsAway);
}
