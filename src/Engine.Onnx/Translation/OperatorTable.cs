using System.Collections.Frozen;
using ScoringCluster.Engine.Onnx.Translation.Operators;

namespace ScoringCluster.Engine.Onnx.Translation;

/// <summary>TensorFlow op → how it is translated. What is not here is refused by name.</summary>
internal static class OperatorTable
{
    private static readonly FrozenDictionary<string, Action<NodeContext>> _table = Families().ToFrozenDictionary();

    public static Action<NodeContext>? Find(string op) => _table.GetValueOrDefault(op);

    public static IEnumerable<string> Ops => _table.Keys.Order(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, Action<NodeContext>>> Families() =>
    [
        .. Elementwise.Table, .. Activations.Table, .. Comparisons.Table, .. Convolutions.Table, .. Pooling.Table,
            .. Products.Table,
        .. Reductions.Table, .. Shapes.Table, .. Slices.Table, .. Joins.Table, .. Normalizations.Table,
    ];
}
