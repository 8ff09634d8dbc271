namespace ScoringCluster.Engine.Onnx.Tests.Translation;

/// <summary>A tensor of a test, row-major: given to the engine, and computed element by element as what is
/// expected.</summary>
internal sealed record NdArray<T>(int[] Shape, T[] Data)
    where T : unmanaged
{
    public int Rank => Shape.Length;

    public T this[params ReadOnlySpan<int> index]
    {
        get
        {
            var at = 0;
            for (var axis = 0; axis < Shape.Length; axis++)
            {
                Assert.InRange(index[axis], 0, Shape[axis] - 1);
                at = (at * Shape[axis]) + index[axis];
            }

            return Data[at];
        }
    }

    /// <summary>The element that an index into a broadcast result reads here.</summary>
    public T At(ReadOnlySpan<int> index)
    {
        var own = index[(index.Length - Rank)..].ToArray();
        for (var axis = 0; axis < own.Length; axis++)
        {
            own[axis] = Shape[axis] == 1 ? 0 : own[axis];
        }

        return this[own];
    }

    public NdArray<TResult> Map<TResult>(Func<T, TResult> function)
        where TResult : unmanaged => new(Shape, [.. Data.Select(function)]);

    /// <summary>Axis i of the result is axis <paramref name="permutation"/>[i] of this one.</summary>
    public NdArray<T> Transpose(params int[] permutation) => NdArray.From(
        [.. permutation.Select(axis => Shape[axis])],
        index =>
        {
            var own = new int[index.Length];
            for (var axis = 0; axis < own.Length; axis++)
            {
                own[permutation[axis]] = index[axis];
            }

            return this[own];
        });
}

/// <summary>Makes tensors of tests and compares them.</summary>
internal static class NdArray
{
    public static NdArray<T> Of<T>(int[] shape, params T[] data)
        where T : unmanaged => new(shape, data);

    public static NdArray<T> Vector<T>(params T[] data)
        where T : unmanaged => new([data.Length], data);

    public static NdArray<T> Scalar<T>(T value)
        where T : unmanaged => new([], [value]);

    public static NdArray<T> From<T>(int[] shape, Func<int[], T> element)
        where T : unmanaged => new(shape, [.. Indices(shape).Select(element)]);

    /// <summary>Eighths between −4 and 4: their sums and products are exact, and equal ones occur.</summary>
    public static NdArray<float> Numbers(int seed, params int[] shape)
    {
        var random = new Random(seed);
        return From(shape, _ => random.Next(-32, 33) / 8f);
    }

    /// <summary>Every index of a shape in row-major order; one empty index for a scalar.</summary>
    public static IEnumerable<int[]> Indices(int[] shape)
    {
        var count = shape.Aggregate(1, (product, size) => product * size);
        for (var at = 0; at < count; at++)
        {
            var index = new int[shape.Length];
            for (int axis = shape.Length - 1, rest = at; axis >= 0; rest /= shape[axis--])
            {
                index[axis] = rest % shape[axis];
            }

            yield return index;
        }
    }

    /// <summary>Both operands element by element, under NumPy's broadcasting.</summary>
    public static NdArray<TResult> Zip<T, TResult>(NdArray<T> left, NdArray<T> right, Func<T, T, TResult> function)
        where T : unmanaged
        where TResult : unmanaged =>
        From(Broadcast(left.Shape, right.Shape), index => function(left.At(index), right.At(index)));

    public static int[] Broadcast(int[] left, int[] right)
    {
        var rank = Math.Max(left.Length, right.Length);
        int Size(int[] shape, int axis) => axis < rank - shape.Length ? 1 : shape[axis - (rank - shape.Length)];
        return [.. Enumerable.Range(0, rank).Select(axis => Size(left, axis) == 1 ? Size(right, axis)
            : Size(left, axis))];
    }

    public static void AssertSame<T>(NdArray<T> expected, NdArray<T> actual)
        where T : unmanaged
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(expected.Data, actual.Data);
    }

    /// <summary>Equal but for the rounding of a different order of operations; NaN and infinities exactly.</summary>
    public static void AssertClose(NdArray<float> expected, NdArray<float> actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        for (var i = 0; i < expected.Data.Length; i++)
        {
            var (e, a) = (expected.Data[i], actual.Data[i]);
            Assert.True(
                e.Equals(a) || Math.Abs((double)e - a) <= tolerance * Math.Max(1, Math.Abs(e)),
                $"Element {i} is {a}, expected {e}.");
        }
    }
}
