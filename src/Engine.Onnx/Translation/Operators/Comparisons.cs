using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Comparisons, logic and choice.</summary>
internal static class Comparisons
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["Equal"] = c => Compare(c, "Equal"),
            ["Less"] = c => Compare(c, "Less"),
            ["LessEqual"] = c => Compare(c, "LessOrEqual"),
            ["Greater"] = c => Compare(c, "Greater"),
            ["GreaterEqual"] = c => Compare(c, "GreaterOrEqual"),
            ["NotEqual"] = c => c.Set(
                c.Graph.Add("Not", [c.Graph.Add("Equal", [c.Input(0).Name, c.Input(1).Name])]),
                ElementType.Bool,
                Shape(c)),
            ["LogicalAnd"] = c => Compare(c, "And"),
            ["LogicalOr"] = c => Compare(c, "Or"),
            ["LogicalNot"] = c => Elementwise.Unary(c, "Not"),
            ["SelectV2"] = c => c.Map("Where", c.Input(1).Type, Elementwise.Broadcast(
                c.Input(0).Shape, Elementwise.Broadcast(c.Input(1).Shape, c.Input(2).Shape))),
        };

    private static void Compare(NodeContext c, string op) =>
        c.Set(c.Graph.Add(op, [c.Input(0).Name, c.Input(1).Name]), ElementType.Bool, Shape(c));

    private static TensorShape Shape(NodeContext c) => Elementwise.Broadcast(c.Input(0).Shape, c.Input(1).Shape);
}
