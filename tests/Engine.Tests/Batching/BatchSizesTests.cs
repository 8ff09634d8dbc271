using CsCheck;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class BatchSizesTests
{
    private const int RowsMax = 32;

    [Fact]
    public void Next_OfASizeNobodyHasSeen_TriesItAsSoonAsRowsWait()
    {
        var sizes = new BatchSizes(RowsMax);

        Assert.Equal(1, sizes.Next(waiting: 1));
        Assert.Equal(7, sizes.Next(waiting: 5));
        Assert.Equal(RowsMax, sizes.Next(waiting: 500));
    }

    [Fact]
    public void Learn_RowsThatCostTheSameInAnySize_GathersNoneAndCutsNone()
    {
        var sizes = Trained(rows => 700.0 * rows);

        Assert.Equal((1, RowsMax), (sizes.GatherRows, sizes.SplitRows));
    }

    [Fact]
    public void Learn_ExecutionsWithAFixedCost_GathersUntilItHardlyCounts()
    {
        var sizes = Trained(rows => 5_000 + (100 * rows));

        Assert.Equal((RowsMax, RowsMax), (sizes.GatherRows, sizes.SplitRows));
    }

    [Fact]
    public void Learn_RowsThatCostMoreInLargeBatches_CutsThemToTheLargestThatPays()
    {
        var sizes = Trained(rows => (60 + (700 * rows)) * (rows > 8 ? 1.2 : 1));

        Assert.Equal((2, 8), (sizes.GatherRows, sizes.SplitRows));
    }

    [Fact]
    public void Learn_OneExecutionThatWasHeldUp_ChangesNothing()
    {
        var sizes = Trained(rows => 5_000 + (100 * rows));
        var before = sizes.GatherRows;

        sizes.Learn(RowsMax, TimeSpan.FromSeconds(10));

        Assert.NotEqual(1, before);
        Assert.True(sizes.GatherRows >= RowsMax / 2, $"gathers {sizes.GatherRows}");
    }

    [Fact]
    public void Learn_CostsThatChanged_AreFollowedFromWhatNextAsksFor()
    {
        var sizes = Trained(rows => 700.0 * rows);
        for (var i = 0; i < 20_000; i++)
        {
            Execute(sizes, sizes.Next(waiting: 1_000), rows => 5_000 + (100 * rows));
        }

        Assert.Equal(RowsMax, sizes.GatherRows);
    }

    [Fact]
    public void Learn_AnExecutionOfNoTime_IsNoMeasurement()
    {
        var sizes = new BatchSizes(RowsMax);
        for (var i = 0; i < 10; i++)
        {
            sizes.Learn(4, TimeSpan.Zero);
        }

        Assert.Empty(sizes.Learned);
    }

    [Fact]
    public void Next_WhateverWasLearned_IsBetweenOneRowAndTheMost() =>
        Gen.Select(Gen.Int[1, 100], Gen.Select(Gen.Int[1, 100], Gen.Long[1, 1_000_000]).List[0, 200], Gen.Int[1, 300])
            .Sample((rowsMax, executions, waiting) =>
            {
                var sizes = new BatchSizes(rowsMax);
                foreach (var (rows, microseconds) in executions)
                {
                    sizes.Learn(Math.Min(rows, rowsMax), TimeSpan.FromMicroseconds(microseconds));
                    Assert.InRange(sizes.Next(waiting), 1, rowsMax);
                    Assert.InRange(sizes.SplitRows, 1, rowsMax);
                    Assert.True(sizes.GatherRows <= sizes.SplitRows);
                }
            });

    private static BatchSizes Trained(Func<int, double> microseconds)
    {
        var sizes = new BatchSizes(RowsMax);
        for (var i = 0; i < 10; i++)
        {
            for (var rows = 1; rows <= RowsMax; rows *= 2)
            {
                Execute(sizes, rows, microseconds);
            }
        }

        return sizes;
    }

    private static void Execute(BatchSizes sizes, int rows, Func<int, double> microseconds) =>
        sizes.Learn(rows, TimeSpan.FromMicroseconds(microseconds(rows)));
}
