using Google.Protobuf;
using ScoringCluster.SavedModel.Bundles;
using ScoringCluster.SavedModel.Flattening;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Variables;

/// <summary>
/// Checkpoint keys from the object graph, for models without a restore operation: a function's last arguments are
/// objects, and the checkpoint knows each object's key.
/// </summary>
internal static class ObjectGraphKeys
{
    private const string ObjectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";
    private const string VariableValue = "VARIABLE_VALUE";

    /// <summary>Checkpoint keys by variable, as far as the objects tell.</summary>
    public static Dictionary<string, string> Read(FunctionCalls calls, SavedObjectGraph? objects, TensorBundle bundle)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        if (objects is null || bundle.Find(ObjectGraphKey) is null)
        {
            return keys;
        }

        var byObject = KeysByObject(bundle);
        var main = new Scope(calls.Main);
        foreach (var call in calls.Main.Nodes)
        {
            if (calls.Called(call) is not { } function
                || !objects.ConcreteFunctions.TryGetValue(function, out var concrete)
                || concrete.BoundInputs.Count > call.Inputs.Length)
            {
                continue;
            }

            var captured = call.Inputs[^concrete.BoundInputs.Count..];
            for (var i = 0; i < captured.Length; i++)
            {
                if (captured[i].Node is { } node && VariableNames.IsVariable(node)
                    && byObject.TryGetValue(concrete.BoundInputs[i], out var key))
                {
                    keys[VariableNames.Identity(new Port(main, node, 0))] = key;
                }
            }
        }

        return keys;
    }

    private static Dictionary<int, string> KeysByObject(TensorBundle bundle)
    {
        var stored = bundle.Read(ObjectGraphKey).Strings;
        if (stored.Count != 1)
        {
            throw new SavedModelException($"The checkpoint's '{ObjectGraphKey}' holds {stored.Count} strings "
                + "instead of one.");
        }

        try
        {
            var graph = TrackableObjectGraph.Parser.WithDiscardUnknownFields(true).ParseFrom(stored[0].Span);
            return graph.Nodes
                .Select((node, id) => (id, attribute: node.Attributes.FirstOrDefault(a => a.Name == VariableValue)))
                .Where(x => x.attribute is not null)
                .ToDictionary(x => x.id, x => x.attribute!.CheckpointKey);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new SavedModelException($"The checkpoint's '{ObjectGraphKey}' is corrupt: {e.Message}", e);
        }
    }
}
