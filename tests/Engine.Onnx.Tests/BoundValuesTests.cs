using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx.Tests;

/// <summary>Views of tensors that an execution holds stay whole, however many others were bound before.</summary>
public sealed class BoundValuesTests
{
    private static readonly TensorShape _shape = TensorShape.Of(1, 4);

    [Fact]
    public void Of_MoreThanAreKept_LeavesEarlierViewsOfTheExecutionWhole()
    {
        using var bound = new BoundValues();
        var tensors = Tensors(BoundValues.KeptMax + 2);
        var first = bound.Of(tensors[0]);
        foreach (var tensor in tensors)
        {
            bound.Of(tensor);
        }

        Assert.Equal([1L, 4L], first.GetTensorTypeAndShape().Shape);
        Array.ForEach(tensors, tensor => tensor.Dispose());
    }

    [Fact]
    public void Trim_FewerThanAreKept_KeepsThem()
    {
        using var bound = new BoundValues();
        var tensors = Tensors(1);
        var first = bound.Of(tensors[0]);
        bound.Trim();

        Assert.Same(first, bound.Of(tensors[0]));
        Array.ForEach(tensors, tensor => tensor.Dispose());
    }

    [Fact]
    public void Trim_AsManyAsAreKept_DropsThem()
    {
        using var bound = new BoundValues();
        var tensors = Tensors(BoundValues.KeptMax);
        var first = bound.Of(tensors[0]);
        Array.ForEach(tensors, tensor => bound.Of(tensor));
        bound.Trim();

        Assert.NotSame(first, bound.Of(tensors[0]));
        Array.ForEach(tensors, tensor => tensor.Dispose());
    }

    private static Tensor[] Tensors(int count) => [.. Enumerable.Range(0, count).Select(i =>
        Tensor.Rent(TensorBlockPool.Shared, $"t{i}", ElementType.Float32, _shape))];
}
