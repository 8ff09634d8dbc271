using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Arithmetic element by element, with broadcasting as in NumPy: the same in TensorFlow and ONNX.</summary>
internal static class Elementwise
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["Add"] = c => Binary(c, "Add"),
            ["AddV2"] = c => Binary(c, "Add"),
            ["Sub"] = c => Binary(c, "Sub"),
            ["Mul"] = c => Binary(c, "Mul"),
            ["RealDiv"] = RealDivide,
            ["Maximum"] = c => Binary(c, "Max"),
            ["Minimum"] = c => Binary(c, "Min"),
            ["Pow"] = Power,
            ["SquaredDifference"] = SquaredDifference,
            ["AddN"] = c => c.Map("Sum", c.RequireFloat(), c.Input(0).Shape),
            ["Neg"] = c => Unary(c, "Neg"),
            ["Abs"] = c => Unary(c, "Abs"),
            ["Sign"] = c => Unary(c, "Sign"),
            ["Exp"] = c => FloatUnary(c, "Exp"),
            ["Log"] = c => FloatUnary(c, "Log"),
            ["Sqrt"] = c => FloatUnary(c, "Sqrt"),
            ["Rsqrt"] = c => FloatChain(c, "Sqrt", "Reciprocal"),
            ["Reciprocal"] = c => FloatUnary(c, "Reciprocal"),
            ["Inv"] = c => FloatUnary(c, "Reciprocal"),
            ["Floor"] = c => FloatUnary(c, "Floor"),
            ["Ceil"] = c => FloatUnary(c, "Ceil"),
            ["Round"] = c => FloatUnary(c, "Round"),
            ["Rint"] = c => FloatUnary(c, "Round"),
            ["Sin"] = c => FloatUnary(c, "Sin"),
            ["Cos"] = c => FloatUnary(c, "Cos"),
            ["Erf"] = c => FloatUnary(c, "Erf"),
            ["Square"] = c =>
                c.Set(c.Graph.Add("Mul", [c.Input(0).Name, c.Input(0).Name]), c.Input(0).Type, c.Input(0).Shape),
            ["ClipByValue"] = c => c.Set(
                c.Graph.Add("Min", [c.Graph.Add("Max", [c.Input(0).Name, c.Input(1).Name]), c.Input(2).Name]),
                    c.RequireFloat(), c.Input(0).Shape),
            ["BiasAdd"] = BiasAdd,
            ["Cast"] = Cast,
        };

    public static void Unary(NodeContext c, string op) =>
        c.Set(c.Graph.Add(op, [c.Input(0).Name]), c.Input(0).Type, c.Input(0).Shape);

    public static void FloatUnary(NodeContext c, string op)
    {
        c.RequireFloat();
        Unary(c, op);
    }

    private static void FloatChain(NodeContext c, string first, string second) =>
        c.Set(c.Graph.Add(second, [c.Graph.Add(first, [c.Input(0).Name])]), c.RequireFloat(), c.Input(0).Shape);

    private static void Binary(NodeContext c, string op) => c.Set(0, new OnnxValue(
        c.Graph.Add(op, [c.Input(0).Name, c.Input(1).Name]), c.Input(0).Type,
            Broadcast(c.Input(0).Shape, c.Input(1).Shape))
    {
        Elements = Follow(c, op),
    });

    /// <summary>Shape arithmetic (a size times two) is followed, so that a reshape behind it stays static.</summary>
    private static long?[]? Follow(NodeContext c, string op)
    {
        // Lists and single numbers only: a column and a row of two give a table of four.
        if (c.Input(0) is not { Elements: { Count: > 0 } left, Shape: { HasRank: true, Rank: <= 1 } }
            || c.Input(1) is not { Elements: { Count: > 0 } right, Shape: { HasRank: true, Rank: <= 1 } }
            || (left.Count != right.Count && left.Count != 1 && right.Count != 1))
        {
            return null;
        }

        return [.. Enumerable.Range(0, Math.Max(left.Count, right.Count)).Select(i =>
            (left[left.Count == 1 ? 0 : i], right[right.Count == 1 ? 0 : i]) switch
            {
                ({ } a, { } b) =>
                    op switch { "Add" => a + b, "Sub" => a - b, "Mul" => a * b, "Max" => Math.Max(a, b), "Min" =>
                    Math.Min(a, b), _ => null },
                _ => (long?)null,
            })];
    }

    private static void RealDivide(NodeContext c)
    {
        c.RequireFloat();
        Binary(c, "Div");
    }

    private static void Power(NodeContext c)
    {
        c.RequireFloat();
        Binary(c, "Pow");
    }

    private static void SquaredDifference(NodeContext c)
    {
        var difference = c.Graph.Add("Sub", [c.Input(0).Name, c.Input(1).Name]);
        c.Set(c.Graph.Add("Mul", [difference, difference]), c.Input(0).Type,
            Broadcast(c.Input(0).Shape, c.Input(1).Shape));
    }

    private static void BiasAdd(NodeContext c)
    {
        var bias = c.Input(1).Name;
        if (c.Attributes.Text("data_format") == "NCHW")
        {
            // The bias lies along axis 1: a trailing axis for each one after it.
            var rank = c.Input(0).Shape.HasRank ? c.Input(0).Shape.Rank
                : throw c.Refuse("the rank of its input is unknown");
            bias = c.Graph.Add("Reshape", [bias, c.Graph.Int64s([-1, .. Enumerable.Repeat(1L, rank - 2)])]);
        }

        c.Set(c.Graph.Add("Add", [c.Input(0).Name, bias]), c.Input(0).Type, c.Input(0).Shape);
    }

    private static void Cast(NodeContext c)
    {
        if (!c.Attributes.Has("DstT") || c.Attributes.Get<object>("DstT") is not ElementType to)
        {
            throw c.Refuse("its target type is not supported");
        }

        if (c.Input(0).Type == ElementType.Bytes || to == ElementType.Bytes)
        {
            throw c.Refuse("strings are not cast");
        }

        var name = c.Input(0).Type == to
            ? c.Input(0).Name
            : c.Graph.Add("Cast", [c.Input(0).Name], Attributes.Int("to", OnnxTypes.Number(to)));
        c.Set(0, new OnnxValue(name, to, c.Input(0).Shape)
        {
            Elements = to switch
            {
                ElementType.Int32 =>
                    c.Input(0).Elements?.Select(e => e is { } wide ? unchecked((int)wide) : (long?)null).ToArray(),
                ElementType.Int64 => c.Input(0).Elements,
                _ => null,
            },
        });
    }

    /// <summary>The shape of two operands together; a dimension of one operand that varies wins over 1, never over
    /// another.</summary>
    public static TensorShape Broadcast(TensorShape left, TensorShape right)
    {
        if (!left.HasRank || !right.HasRank)
        {
            return TensorShape.UnknownRank;
        }

        var rank = Math.Max(left.Rank, right.Rank);
        var dimensions = new long[rank];
        for (var axis = 0; axis < rank; axis++)
        {
            var a = axis < rank - left.Rank ? 1 : left[axis - (rank - left.Rank)];
            var b = axis < rank - right.Rank ? 1 : right[axis - (rank - right.Rank)];
            dimensions[axis] = a == 1 ? b : b == 1 || b == TensorShape.Any ? a : b;
        }

        return TensorShape.Of(dimensions);
    }
}
