using CsCheck;
using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Engine.Tests.Simulated;

public sealed class SlotClockTests
{
    /// <summary>Executions: what one costs, how late its thread wakes up, how long nothing comes then; all in
    /// µs.</summary>
    private static readonly Gen<(int Cost, int Late, int Idle)[]> _executions =
        Gen.Select(Gen.Int[0, 20_000], Gen.Int[0, 50_000], Gen.Int[0, 30_000]).Array[1, 50];

    [Fact]
    public void Begin_AnyExecutions_NeitherOverlapNorTakeLongerThanTheyCost() => _executions.Sample(executions =>
    {
        var clock = new SlotClock();
        var (now, before) = (TimeSpan.FromSeconds(1), TimeSpan.Zero);
        foreach (var (cost, late, idle) in executions)
        {
            var done = clock.Begin(now, Micro(cost));
            Assert.True(done <= now + Micro(cost), "An execution takes longer than it costs.");
            Assert.True(done - Micro(cost) >= before, "An execution begins before the last one ends.");

            before = done;
            now = Later(now, done) + Micro(late);
            clock.End(now);
            now += Micro(idle);
        }
    });

    [Fact]
    public void Begin_AlwaysSomethingToDo_LosesNothingToLateThreads() => _executions.Sample(executions =>
    {
        // A thread that is late once too often catches up as soon as it is less late than executions take.
        var clock = new SlotClock();
        var start = TimeSpan.FromSeconds(1);
        var (now, cost, done) = (start, TimeSpan.Zero, start);
        foreach (var (each, late, _) in executions)
        {
            cost += Micro(each);
            done = clock.Begin(now, Micro(each));
            var wakesUp = Later(now, done) + Micro(late);
            now = wakesUp - done > SlotClock.LateMax ? done + SlotClock.LateMax : wakesUp;
            clock.End(now);
        }

        Assert.Equal(start + cost, done);
    });

    [Fact]
    public void Begin_AfterAPause_TakesOffOnlyWhatWasOverslept()
    {
        var clock = new SlotClock();
        var done = clock.Begin(TimeSpan.FromSeconds(1), Micro(5_000));
        clock.End(done + Micro(1_000));

        Assert.Equal(TimeSpan.FromSeconds(9) + Micro(4_000), clock.Begin(TimeSpan.FromSeconds(9), Micro(5_000)));
    }

    [Fact]
    public void Begin_AfterTheProcessStoodStill_CatchesUpALittleOnly()
    {
        var clock = new SlotClock();
        clock.Begin(TimeSpan.FromSeconds(1), Micro(5_000));
        clock.End(TimeSpan.FromSeconds(100));

        Assert.Equal(
            TimeSpan.FromSeconds(100) - SlotClock.LateMax + Micro(5_000),
            clock.Begin(TimeSpan.FromSeconds(100), Micro(5_000)));
    }

    private static TimeSpan Micro(int microseconds) => TimeSpan.FromMicroseconds(microseconds);

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
