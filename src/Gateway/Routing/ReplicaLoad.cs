using System.Numerics;
using ScoringCluster.Core;

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

    private readonly double[] _usualSeconds = new double[BitOperations.Log2(Limits.RowsPerRequestMax) + 1];
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

    /// <summary>After this a call of so many rows is late, and another replica is asked as well.</summary>
    public TimeSpan LateAfter(int rows)
    {
        var usual = UsualSeconds(rows);
        var late = TimeSpan.FromSeconds((LateFactor * usual) + _last.QueuedSeconds);
        return usual == 0 ? _hedgeUnknown : late > _hedgeMin ? late : _hedgeMin;
    }

    public void OnCall() => Interlocked.Increment(ref _inFlight);

    public void OnReturn() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Rows were scored.</summary>
    /// <param name="elapsed">From the call to its answer.</param>
    public void OnAnswer(double queuedSeconds, int rows, TimeSpan elapsed)
    {
        _last = new Report(queuedSeconds, time.GetTimestamp(), IsAway: false);

        // Two answers may overwrite each other's sample: an estimate may lose one.
        ref var usual = ref _usualSeconds[SizeOf(rows)];
        var (known, seconds) = (Volatile.Read(ref usual), elapsed.TotalSeconds);
        Volatile.Write(ref usual, known == 0 ? seconds : known + (NewestWeight * (seconds - known)));
    }

    /// <summary>The replica is not loaded, or does not answer.</summary>
    public void OnAway() => _last = new Report(0, time.GetTimestamp(), IsAway: true);

    private static int SizeOf(int rows) => Math.Min(
        BitOperations.Log2((uint)Math.Max(1, rows)), BitOperations.Log2(Limits.RowsPerRequestMax));

    /// <summary>Of calls of that size; where there were none, of smaller ones, as if each row took its part; 0 where
    /// nothing is known.</summary>
    private double UsualSeconds(int rows)
    {
        for (var size = SizeOf(rows); size >= 0; size--)
        {
            if (Volatile.Read(ref _usualSeconds[size]) is > 0 and var usual)
            {
                return size == SizeOf(rows) ? usual : usual * rows / (1 << size);
            }
        }

        return 0;
    }

    private sealed record Report(double QueuedSeconds, long Timestamp, bool IsAway);
}
