using CsCheck;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

/// <summary>Whatever comes in whatever order: no row is lost, doubled, or answered from another's row.</summary>
public sealed class BatchQueueScheduleTests
{
    private const int DeadlineMilliseconds = 50;
    private const int FixedRows = 5;

    private enum Act
    {
        Score,
        ScoreWithDeadline,
        ScoreBadRow,
        ScoreFixedBatch,
        ScoreOtherShape,
        CallerLeaves,
        TimePasses,
        ExecutionEnds,
    }

    private enum Variant
    {
        Plain,
        Preferred,
        Allowed,
        Delay,
        Priorities,
        QueueTime,
        Backfill,
    }

    /// <summary>Batches of all schedules that archive rows filled up.</summary>
    private long _backfilled;

    private static CancellationToken Token => EngineFixture.Token;

    [Fact]
    public async Task Score_RandomSchedules_EveryRequestIsAnsweredOnceAndRight()
    {
        await Gen.Select(
                Gen.Select(Gen.Enum<Act>(), Gen.Int[1, 9], Gen.Bool).List[1, 60], Gen.Int[1, 6], Gen.Int[1, 3],
                Gen.Enum<Variant>())
            .SampleAsync(PlayAsync, iter: Math.Max(300, Check.Iter), threads: 1);

        Assert.NotEqual(0, _backfilled);
    }

    private async Task PlayAsync(
        List<(Act Act, int Size, bool Archive)> schedule, int rowsMax, int slots, Variant variant)
    {
        var asked = new List<Asked>();
        await using (var engine = new EngineFixture(
            [
                ("Batching:RowsMax", $"{rowsMax}"), ("Batching:QueueRowsMax", "40"),
                ("Devices:Cpu:0", $"cpu:0={slots}"), .. Options(variant, rowsMax),
            ]))
        {
            var model = await engine.LoadAsync();
            engine.Runtime.Hold();
            if (variant == Variant.Backfill)
            {
                // Any number of rows takes the same time: more of them are welcome.
                engine.Runtime.Executing = _ => engine.Time.Advance(TimeSpan.FromMilliseconds(1));
            }

            foreach (var (act, size, archive) in schedule)
            {
                Play(engine, model, asked, act, size, archive ? Lane.Archive : Lane.Online);
            }

            engine.Runtime.Release(100_000);
            if (variant == Variant.Delay)
            {
                engine.Time.Advance(TimeSpan.FromSeconds(1));
            }

            foreach (var one in asked)
            {
                AssertAnswer(one, await one.Answer.Within($"request {one.First}"));
                one.Leave.Dispose();
            }

            _backfilled += model.Batching.Totals.ClosedBy.Count(reason => reason.Name == "backfilled");
        }

        foreach (var one in asked)
        {
            // The request's block came back to the request's own pool; a second return would have thrown.
            Assert.Equal(one.BlockBytes, one.Pool.HeldBytes);
            one.Pool.Dispose();
        }
    }

    /// <summary>What an operator may set beside the sizes; every one keeps every promise.</summary>
    private static IEnumerable<(string, string)> Options(Variant variant, int rowsMax) => variant switch
    {
        Variant.Preferred => [("Batching:PreferredRows:0", $"{Math.Max(1, rowsMax / 2)}")],
        Variant.Allowed => [("Batching:AllowedRows:0", $"{rowsMax}")],
        Variant.Delay => [("Batching:DelayMax", "00:00:00.020")],
        Variant.Priorities => [("Batching:PriorityLevels", "3"), ("Batching:DefaultPriority", "2")],
        Variant.QueueTime => [("Batching:QueueTimeMax", "00:00:00.030")],
        _ => [],
    };

    private static void Play(
        EngineFixture engine, LoadedModel model, List<Asked> asked, Act act, int size, Lane lane)
    {
        switch (act)
        {
            case Act.CallerLeaves when asked.Count > 0:
                var leaver = asked[^((size % asked.Count) + 1)];
                leaver.Left = true;
                leaver.Leave.Cancel();
                break;
            case Act.TimePasses:
                engine.Time.Advance(TimeSpan.FromMilliseconds(10 * size));
                break;
            case Act.ExecutionEnds:
                engine.Runtime.Release(size);
                break;
            case Act.CallerLeaves:
                break;
            default:
                asked.Add(Ask(model, act, size, 1_000 + (asked.Count * 20), lane));
                break;
        }
    }

    private static Asked Ask(LoadedModel model, Act act, int rows, float first, Lane lane)
    {
        var pool = new TensorBlockPool(TimeProvider.System);
        first = act == Act.ScoreBadRow ? FakeModelRuntime.Poison - rows + 1 : first;
        var input = FakeModelRuntime.Rows(rows, first, pool);
        var leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var bytes = input.Block.Capacity;
        var answer = model.ScoreAsync(
            new BatchRequest
            {
                Signature = act == Act.ScoreOtherShape ? FakeModelRuntime.Ragged : FakeModelRuntime.Signature,
                Inputs = [input],
                Rows = rows,
                Lane = lane,
                TimeLeft = act == Act.ScoreWithDeadline
                    ? TimeSpan.FromMilliseconds(DeadlineMilliseconds) : Timeout.InfiniteTimeSpan,
                Exclusive = act == Act.ScoreFixedBatch,
                Priority = rows % 4,
                PadToRows = act == Act.ScoreFixedBatch ? FixedRows : 0,
            },
            leave.Token);
        return new Asked(act, rows, first, answer, leave, pool, bytes);
    }

    private static void AssertAnswer(Asked asked, BatchOutcome outcome)
    {
        switch (outcome.Fault?.Kind)
        {
            case null:
                Assert.NotEqual(Act.ScoreBadRow, asked.Act);
                EngineFixture.AssertAnswer(outcome, asked.Rows, asked.First);
                if (asked.Act == Act.ScoreFixedBatch)
                {
                    Assert.Equal(Math.Min(asked.Rows, FixedRows), outcome.BatchRows);
                }

                break;
            case FaultKind.ModelFailed:
                Assert.Equal(Act.ScoreBadRow, asked.Act);
                break;
            case FaultKind.DeadlineExceeded:
                Assert.Equal(Act.ScoreWithDeadline, asked.Act);
                break;
            case FaultKind.Cancelled:
                Assert.True(asked.Left);
                break;
            case FaultKind.Overloaded:
                break;
            default:
                Assert.Fail(outcome.Fault!.ToString());
                break;
        }
    }

    private sealed record Asked(
        Act Act,
        int Rows,
        float First,
        Task<BatchOutcome> Answer,
        CancellationTokenSource Leave,
        TensorBlockPool Pool,
        long BlockBytes)
    {
        public bool Left { get; set; }
    }
}
