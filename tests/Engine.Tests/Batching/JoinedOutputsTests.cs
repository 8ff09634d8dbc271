using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Engine.Tests.Batching;

/// <summary>Parts of one request come in any order; their rows are answered in the request's.</summary>
public sealed class JoinedOutputsTests : IDisposable
{
    private const int Rows = 5;

    private readonly TensorBlockPool _pool = new(new FakeTimeProvider());

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Take_PartsInAnyOrder_AnswersInTheOrderOfRows(bool isFixed)
    {
        var joined = new JoinedOutputs(Signature(isFixed), Rows, parts: 3, _pool);
        var parts = Parts(Signature(isFixed));

        // A batch holds rows of others too: the part's begin at 1.
        foreach (var part in (int[])[2, 0, 1])
        {
            using var batch = Batch([-1, .. Values(parts[part]), -1], width: 2);
            joined.Add(parts[part], [batch], at: 1);
        }

        var outputs = joined.Take(out var ragged);

        Assert.Null(ragged);
        var output = Assert.Single(outputs);
        Assert.Equal(TensorShape.Of(Rows, 2), output.Shape);
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], output.Values<float>().ToArray());
        output.Dispose();
    }

    [Fact]
    public void Take_RowsOfDifferentShapes_NamesTheOutputAndReturnsEveryBlock()
    {
        var joined = new JoinedOutputs(Signature(isFixed: false), Rows, parts: 3, _pool);
        foreach (var part in Parts(Signature(isFixed: false)))
        {
            using var batch = Batch(Values(part), width: 1 + part.Index);
            joined.Add(part, [batch], at: 0);
        }

        Assert.Empty(joined.Take(out var ragged));
        Assert.Equal("y", ragged);
        joined.Return();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Return_BeforeTheLastPart_GivesBackWhatWasCollected(bool isFixed)
    {
        var joined = new JoinedOutputs(Signature(isFixed), Rows, parts: 3, _pool);
        var part = Parts(Signature(isFixed))[1];
        using var batch = Batch(Values(part), width: 2);
        joined.Add(part, [batch], at: 0);

        joined.Return();
        joined.Return();
    }

    private static ModelSignature Signature(bool isFixed) => new(
        "s", [new TensorSpec("x", ElementType.Float32, TensorShape.Of(-1, 1))],
        [new TensorSpec("y", ElementType.Float32, TensorShape.Of(-1, isFixed ? 2 : -1))], Batched: true);

    /// <summary>Of 2, 2 and 1 rows.</summary>
    private static QueuedWork[] Parts(ModelSignature signature)
    {
        using var input = Tensor.Rent(
            TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(Rows, 1));
        var request = new BatchRequest { Signature = signature, Inputs = [], Rows = Rows };
        var progress = new RequestProgress(null!, request, 3, new FakeTimeProvider());
        var group = new BatchGroup(new SignatureCost(signature), [input]);
        return
        [
            .. Enumerable.Range(0, 3).Select(i => new QueuedWork(progress, i, 2 * i, i < 2 ? 2 : 1, 8, group)),
        ];
    }

    private static float[] Values(QueuedWork part) =>
        [.. Enumerable.Range(part.FirstRow, part.Rows).Select(row => (float)row)];

    private Tensor Batch(float[] rows, int width) => Tensor.Copy<float>(
        _pool, "y", ElementType.Float32, TensorShape.Of(rows.Length, width),
        [.. rows.SelectMany(row => Enumerable.Repeat(row, width))]);
}
