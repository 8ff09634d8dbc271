using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class ElementwiseTests
{
    private static readonly float[] _numbers =
    [
        -3.5f, -2.5f, -1.5f, -1, -0.75f, -0.5f, -0f, 0, 0.25f, 0.5f, 1, 1.5f, 2.5f, 3.5f, 7,
        float.NaN, float.PositiveInfinity, float.NegativeInfinity,
    ];

    private static readonly Dictionary<string, Func<double, double>> _functions = new()
    {
        ["Neg"] = x => -x,
        ["Abs"] = Math.Abs,
        ["Sign"] = x => x > 0 ? 1 : x < 0 ? -1 : x,
        ["Exp"] = Math.Exp,
        ["Log"] = Math.Log,
        ["Sqrt"] = Math.Sqrt,
        ["Rsqrt"] = x => 1 / Math.Sqrt(x),
        ["Reciprocal"] = x => 1 / x,
        ["Inv"] = x => 1 / x,
        ["Floor"] = Math.Floor,
        ["Ceil"] = Math.Ceiling,
        ["Round"] = x => Math.Round(x, MidpointRounding.ToEven),
        ["Rint"] = x => Math.Round(x, MidpointRounding.ToEven),
        ["Sin"] = Math.Sin,
        ["Cos"] = Math.Cos,
        ["Erf"] = ErrorFunction,
        ["Square"] = x => x * x,
    };

    private static readonly Dictionary<string, Func<double, double, double>> _arithmetic = new()
    {
        ["Add"] = (a, b) => a + b,
        ["AddV2"] = (a, b) => a + b,
        ["Sub"] = (a, b) => a - b,
        ["Mul"] = (a, b) => a * b,
        ["RealDiv"] = (a, b) => a / b,
        ["Maximum"] = Math.Max,
        ["Minimum"] = Math.Min,
        ["Pow"] = Math.Pow,
        ["SquaredDifference"] = (a, b) => (a - b) * (a - b),
    };

    public static TheoryData<string> Functions => [.. _functions.Keys];

    public static TheoryData<string> Arithmetic => [.. _arithmetic.Keys];

    public static TheoryData<string> IntegerArithmetic => [.. _arithmetic.Keys.Except(["RealDiv", "Pow"])];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Translate_OneOperand_IsTheFunctionOfEachNumber(string op)
    {
        // Sines of infinity and the error function's ends are left to the finite numbers around them.
        var numbers = op is "Sin" or "Cos" or "Erf" ? _numbers.Where(float.IsFinite) : _numbers;
        var x = NdArray.Vector(numbers.ToArray());
        using var graph = new GraphUnderTest().Feed("x", x).Node($"y = {op}(x)");

        NdArray.AssertClose(x.Map(value => (float)_functions[op](value)), graph.Run<float>("y"));
    }

    [Theory]
    [InlineData("Neg")]
    [InlineData("Abs")]
    [InlineData("Sign")]
    [InlineData("Square")]
    public void Translate_OneIntegerOperand_StaysAnInteger(string op)
    {
        var x = NdArray.Vector(-5, -1, 0, 3, 1 << 14);
        using var graph = new GraphUnderTest().Feed("x", x).Node($"y = {op}(x)");

        NdArray.AssertSame(x.Map(value => (int)_functions[op](value)), graph.Run<int>("y"));
    }

    [Theory]
    [MemberData(nameof(Arithmetic))]
    public void Translate_TwoOperands_BroadcastLikeNumPy(string op) =>
        Gen.Select(AnyShape.Pair(), AnyShape.Unknown, AnyShape.Unknown, Gen.Int).Sample(
            (shapes, unknownLeft, unknownRight, seed) =>
            {
                var (left, right) = (NdArray.Numbers(seed, shapes.Left), NdArray.Numbers(seed + 1, shapes.Right));
                left = op == "Pow" ? left.Map(Math.Abs) : left;
                using var graph = new GraphUnderTest()
                    .Feed("a", left, unknownLeft).Feed("b", right, unknownRight).Node($"y = {op}(a, b)");

                NdArray.AssertClose(
                    NdArray.Zip(left, right, (a, b) => (float)_arithmetic[op](a, b)), graph.Run<float>("y"));
            },
            iter: 20, threads: 1);

    [Theory]
    [MemberData(nameof(IntegerArithmetic))]
    public void Translate_TwoIntegerOperands_AreExact(string op)
    {
        var (left, right) = (NdArray.Of([3, 1], -70_001, 5, 40), NdArray.Vector(-3, 0, 2_000));
        using var graph = new GraphUnderTest().Feed("a", left).Constant("b", right).Node($"y = {op}(a, b)");
        NdArray.AssertSame(
            NdArray.Zip(left, right, (a, b) => unchecked((int)(long)_arithmetic[op](a, b))), graph.Run<int>("y"));

        // Beyond what a double or a float could hold exactly.
        var wide = left.Map(value => value + (1L << 54));
        using var wideGraph = new GraphUnderTest()
            .Feed("a", wide).Constant("b", right.Map(value => (long)value)).Node("y = AddV2(a, b)");
        NdArray.AssertSame(NdArray.Zip(wide, right.Map(value => (long)value), (a, b) => a + b),
            wideGraph.Run<long>("y"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Translate_AddN_SumsAll(int count)
    {
        using var graph = new GraphUnderTest();
        var operands = Enumerable.Range(0, count).Select(i => NdArray.Numbers(i, 2, 3)).ToList();
        for (var i = 0; i < count; i++)
        {
            graph.Feed($"x{i}", operands[i]);
        }

        graph.Node(
            $"y = AddN({string.Join(", ", operands.Select((_, i) => $"x{i}"))})",
            ("N", Attr.Int(count)), ("T", Attr.Type(DataType.DtFloat)));

        NdArray.AssertClose(
            NdArray.From([2, 3], index => operands.Sum(operand => operand[index])), graph.Run<float>("y"));
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(2, -1)]
    public void Translate_ClipByValue_TheUpperBoundWins(float low, float high)
    {
        var x = NdArray.Numbers(1, 3, 5);
        using var graph = new GraphUnderTest()
            .Feed("x", x).Constant("low", NdArray.Scalar(low)).Constant("high", NdArray.Scalar(high))
            .Node("y = ClipByValue(x, low, high)");

        NdArray.AssertSame(x.Map(value => MathF.Min(MathF.Max(value, low), high)), graph.Run<float>("y"));
    }

    [Fact]
    public void Translate_ClipByValue_BoundsOfEachElement()
    {
        var (x, low) = (NdArray.Numbers(1, 2, 4), NdArray.Numbers(2, 2, 4));
        using var graph = new GraphUnderTest()
            .Feed("x", x).Feed("low", low).Constant("high", NdArray.Scalar(3f))
            .Node("y = ClipByValue(x, low, high)");

        NdArray.AssertSame(
            NdArray.Zip(x, low, (value, bound) => MathF.Min(MathF.Max(value, bound), 3)), graph.Run<float>("y"));
    }

    [Theory]
    [InlineData("NHWC")]
    [InlineData("NCHW")]
    public void Translate_BiasAdd_LiesAlongTheChannels(string format) =>
        Gen.Select(AnyShape.Of(2, 5), Gen.Int[0, 31], Gen.Int).Sample(
            (shape, unknown, seed) =>
            {
                var axis = format == "NHWC" ? shape.Length - 1 : 1;
                var (x, bias) = (NdArray.Numbers(seed, shape), NdArray.Numbers(seed + 1, shape[axis]));
                using var graph = new GraphUnderTest()
                    .Feed("x", x, unknown).Constant("bias", bias)
                    .Node("y = BiasAdd(x, bias)", ("data_format", Attr.Text(format)));

                NdArray.AssertClose(
                    NdArray.From(shape, index => x[index] + bias[index[axis]]), graph.Run<float>("y"));
            },
            iter: 20, threads: 1);

    [Fact]
    public void Translate_BiasAddChannelsFirstOfUnknownRank_IsRefused()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3), GraphUnderTest.Rank).Constant("bias", NdArray.Numbers(2, 3))
            .Node("layer/y = BiasAdd(x, bias)", ("data_format", Attr.Text("NCHW")));

        graph.AssertRefused("layer/y", "rank");
    }

    [Theory]
    [InlineData("RealDiv(x, x)", "INT32")]
    [InlineData("Pow(x, x)", "INT32")]
    [InlineData("Exp(x)", "INT32")]
    [InlineData("Rsqrt(x)", "INT32")]
    [InlineData("Floor(x)", "INT32")]
    public void Translate_FunctionsOfFloatsOnIntegers_AreRefused(string call, string why)
    {
        using var graph = new GraphUnderTest().Feed("x", NdArray.Vector(1, 2)).Node($"layer/y = {call}");

        graph.AssertRefused("layer/y", why, DataType.DtInt32);
    }

    private static double ErrorFunction(double x)
    {
        // Simpson's rule on the defining integral.
        const int Steps = 2_000;
        var width = x / Steps;
        var sum = 0.0;
        for (var i = 0; i <= Steps; i++)
        {
            var weight = i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.Exp(-(i * width) * (i * width));
        }

        return 2 / Math.Sqrt(Math.PI) * sum * width / 3;
    }
}
