using CsCheck;

namespace ScoringCluster.Engine.Onnx.Tests.Translation;

/// <summary>Shapes for properties: small ones, since the smallest already hold every case of an axis.</summary>
internal static class AnyShape
{
    /// <summary>Sizes 1 to <paramref name="sizeMax"/>.</summary>
    public static Gen<int[]> Of(int rankMin, int rankMax, int sizeMax = 4) =>
        Gen.Int[1, sizeMax].Array[rankMin, rankMax];

    /// <summary>Two shapes that broadcast together: a suffix of a common one each, with some axes cut to 1.</summary>
    public static Gen<(int[] Left, int[] Right)> Pair(int rankMax = 4) => Gen.Select(
        Of(0, rankMax), Gen.Int[0, rankMax], Gen.Int[0, 15], Gen.Int[0, 15], Gen.Bool,
        (shape, dropped, left, right, swap) =>
        {
            var pair = (Left: Cut(shape, left), Right: Cut(shape, right)[Math.Min(dropped, shape.Length)..]);
            return swap ? (pair.Right, pair.Left) : pair;
        });

    /// <summary>Axes whose size the signature leaves open, as a mask.</summary>
    public static Gen<int> Unknown { get; } = Gen.Frequency(
        (4, Gen.Int[0, 15]), (1, Gen.Const(GraphUnderTest.Rank)));

    private static int[] Cut(int[] shape, int ones) =>
        [.. shape.Select((size, axis) => (ones >> axis & 1) == 1 ? 1 : size)];
}
