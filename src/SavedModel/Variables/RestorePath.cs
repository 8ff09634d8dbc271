using System.Text;
using ScoringCluster.SavedModel.Flattening;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.SavedModel.Types;

namespace ScoringCluster.SavedModel.Variables;

/// <summary>
/// Reads from the graph's own restore operation which checkpoint key each variable gets. Names would not do: exporters
/// number the keys and name the variables, or the other way round.
/// </summary>
internal sealed class RestorePath
{
    private readonly PortResolver _resolver;
    private readonly TensorProtos _constants;
    private readonly Dictionary<BodyNode, ConstantTensor> _names = [];

    private RestorePath(PortResolver resolver, TensorProtos constants)
    {
        _resolver = resolver;
        _constants = constants;
    }

    /// <summary>Checkpoint keys by variable; empty where the model has no restore operation.</summary>
    /// <exception cref="SavedModelException">The restore operation is named but does not exist.</exception>
    public static Dictionary<string, string> Read(FunctionCalls calls, SaverDef? saver, TensorProtos constants)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrEmpty(saver?.RestoreOpName))
        {
            return keys;
        }

        var root = calls.Main.Find(saver.RestoreOpName.Split(':')[0]) ?? throw new SavedModelException(
            $"The saver's restore operation '{saver.RestoreOpName}' does not exist in the graph.");
        var resolver = new PortResolver(calls, new GraphBudget("restore"));
        var path = new RestorePath(resolver, constants);
        foreach (var (scope, node) in ExecutedNodes.From(resolver, [root]))
        {
            if (node.Op is "Assign" or "AssignVariableOp")
            {
                path.Add(scope, node, keys);
            }
        }

        return keys;
    }

    private void Add(Scope scope, BodyNode assign, Dictionary<string, string> keys)
    {
        var variable = _resolver.Input(scope, assign, 0);
        var value = _resolver.Input(scope, assign, 1);
        if (VariableNames.IsVariable(variable.Node) && value.Node.Op == "RestoreV2")
        {
            keys[VariableNames.Identity(variable)] = Key(value);
        }
    }

    private string Key(Port restored)
    {
        if (!_names.TryGetValue(restored.Node, out var names))
        {
            var source = _resolver.Input(restored.Scope, restored.Node, 1);
            names = source.Node.Op == "Const" && source.Node.Definition.Attr.TryGetValue("value", out var value)
                ? _constants.Read(value.Tensor, $"Const '{source.NodeName}'")
                : throw new SavedModelException($"Node '{restored.NodeName}' (RestoreV2) takes its names from node "
                    + $"'{source.NodeName}' ({source.Node.Op}), which is not a constant.")
                { Unsupported = true };
            _names.Add(restored.Node, names);
        }

        return restored.Index < names.Strings.Count
            ? Encoding.UTF8.GetString(names.Strings[restored.Index].Span)
            : throw new SavedModelException($"Node '{restored.NodeName}' (RestoreV2) restores {names.Strings.Count} "
                + $"tensors; output {restored.Index} is used.");
    }
}
