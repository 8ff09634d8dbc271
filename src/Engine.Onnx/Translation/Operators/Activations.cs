namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Activation functions.</summary>
internal static class Activations
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["Relu"] = c => Elementwise.FloatUnary(c, "Relu"),
            ["Relu6"] = Relu6,
            ["LeakyRelu"] = c =>
                c.Map("LeakyRelu", c.RequireFloat(), c.Input(0).Shape,
                Attributes.Float("alpha", c.Attributes.Float("alpha"))),
            ["Elu"] = c => Elementwise.FloatUnary(c, "Elu"),
            ["Selu"] = c => Elementwise.FloatUnary(c, "Selu"),
            ["Sigmoid"] = c => Elementwise.FloatUnary(c, "Sigmoid"),
            ["Tanh"] = c => Elementwise.FloatUnary(c, "Tanh"),
            ["Softplus"] = c => Elementwise.FloatUnary(c, "Softplus"),
            ["Softsign"] = c => Elementwise.FloatUnary(c, "Softsign"),
            ["Softmax"] = c => c.Map("Softmax", c.RequireFloat(), c.Input(0).Shape, Attributes.Int("axis", -1)),
            ["LogSoftmax"] = c => c.Map("LogSoftmax", c.RequireFloat(), c.Input(0).Shape, Attributes.Int("axis", -1)),
        };

    private static void Relu6(NodeContext c)
    {
        var type = c.RequireFloat();
        c.Set(c.Graph.Add("Clip", [c.Input(0).Name, c.Graph.Scalar(type, 0), c.Graph.Scalar(type, 6)]), type,
            c.Input(0).Shape);
    }
}
