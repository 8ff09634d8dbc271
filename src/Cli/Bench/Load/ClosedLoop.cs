using System.Diagnostics;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>
/// Callers that each make the next call when the last one is answered. The speed is counted from the first answer to
/// the last one within the time, so that calls cut off at the ends do not blur it.
/// </summary>
internal static class ClosedLoop
{
    /// <summary>Answers that a measurement waits for, where the time alone brings fewer.</summary>
    private const int AnswersMin = 24;

    /// <summary>How many times the asked duration a measurement may take for them.</summary>
    private const int StretchMax = 8;

    public static async Task<Sample> RunAsync(
        IReadOnlyList<IBenchCaller> callers, int rowsPerCall, TimeSpan duration, IReadOnlyList<CpuClock> clocks)
    {
        var tally = new Tally(callers.Count, duration);
        var before = clocks.Select(clock => clock.Seconds()).ToList();
        await Task.WhenAll(callers.Select(caller => Task.Run(() => CallAsync(caller, tally))));
        var cpu = clocks.Select((clock, i) => (clock.Process, Seconds: clock.Seconds() - before[i]))
            .ToDictionary(pair => pair.Process, pair => pair.Seconds);
        return new Sample(tally.CallsPerSecond() * rowsPerCall, tally.Calls * rowsPerCall, cpu);
    }

    private static async Task CallAsync(IBenchCaller caller, Tally tally)
    {
        do
        {
            await caller.CallAsync();
        }
        while (tally.Answered());
    }

    /// <summary>Answers of all callers.</summary>
    private sealed class Tally(int callers, TimeSpan duration)
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly long _answersMin = Math.Max(AnswersMin, 3L * callers);
        private long _first;
        private long _last;
        private long _counted;
        private long _calls;

        public long Calls => Interlocked.Read(ref _calls);

        /// <summary>One more; false when the time is over.</summary>
        public bool Answered()
        {
            var now = Stopwatch.GetTimestamp();
            var calls = Interlocked.Increment(ref _calls);
            if (calls == 1)
            {
                Volatile.Write(ref _first, now);
            }

            var elapsed = Stopwatch.GetElapsedTime(_started, now);
            if (elapsed >= duration && (calls > _answersMin || elapsed >= duration * StretchMax))
            {
                // Only who still runs counts: once callers leave, the others have the machine to themselves.
                if (Interlocked.CompareExchange(ref _counted, calls, 0) == 0)
                {
                    _last = now;
                }

                return false;
            }

            return true;
        }

        public double CallsPerSecond() =>
            (_counted - 1) / Math.Max(1e-9, Stopwatch.GetElapsedTime(_first, _last).TotalSeconds);
    }
}
