namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Batch normalization with recorded statistics.</summary>
internal static class Normalizations
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["FusedBatchNorm"] = Normalize,
            ["FusedBatchNormV2"] = Normalize,
            ["FusedBatchNormV3"] = Normalize,
        };

    private static void Normalize(NodeContext c)
    {
        if (c.Attributes.Bool("is_training"))
        {
            throw c.Refuse("it normalizes with the statistics of the batch (is_training)");
        }

        var type = c.RequireFloat();
        if (c.Input(1).Type != type)
        {
            throw c.Refuse($"its input is {type} and its statistics are {c.Input(1).Type}");
        }

        var (batch, channels, height, width) = Layout.Picture(c, c.Input(0).Shape);
        var normalized = c.Graph.Add(
            "BatchNormalization",
            [Layout.ToChannelsFirst(c, c.Input(0)), c.Input(1).Name, c.Input(2).Name, c.Input(3).Name, c.Input(4).Name],
            Attributes.Float("epsilon", c.Attributes.Float("epsilon")));
        Layout.SetFromChannelsFirst(c, normalized, type, batch, channels, height, width);
    }
}
