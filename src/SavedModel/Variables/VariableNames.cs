using Google.Protobuf.Collections;
using ScoringCluster.SavedModel.Flattening;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Variables;

/// <summary>Which variable a node stands for: several nodes may share one.</summary>
internal static class VariableNames
{
    /// <summary>The shared name by which TensorFlow marks a handle that shares its variable with nobody.</summary>
    private const string Anonymous = "cd2c89b7-88b7-44c8-ad83-06c2a9158347";

    public static bool IsVariable(BodyNode node) =>
        node.Op == "VarHandleOp" || Plumbing.IsReferenceVariable(node.Op);

    /// <summary>Equal for nodes that stand for the same variable.</summary>
    public static string Identity(Port variable)
    {
        var attributes = variable.Node.Definition.Attr;
        var shared = Text(attributes, "shared_name");
        var container = Text(attributes, "container");
        var name = shared is "" or Anonymous ? variable.NodeName : shared;
        return container.Length == 0 ? name : $"{container}/{name}";
    }

    private static string Text(MapField<string, AttrValue> attributes, string name) =>
        attributes.TryGetValue(name, out var value) ? value.S.ToStringUtf8() : "";
}
