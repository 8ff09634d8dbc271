using ScoringCluster.SavedModel.Flattening;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Variables;

/// <summary>
/// Variables that the model's initialisation assigns after they were restored: their values are not the checkpoint's.
/// </summary>
internal static class InitialAssignments
{
    private const string InitSignature = "__saved_model_init_op";

    /// <summary>The variables, by identity.</summary>
    /// <exception cref="SavedModelException">It cannot be told which variable an assignment means.</exception>
    public static HashSet<string> Read(FunctionCalls calls, MetaGraphDef meta)
    {
        var assigned = new HashSet<string>(StringComparer.Ordinal);
        if (InitOperation(meta) is not { } name || calls.Main.Find(name.Split(':')[0]) is not { } root)
        {
            return assigned;
        }

        var resolver = new PortResolver(calls, new GraphBudget(InitSignature));
        foreach (var (scope, node) in ExecutedNodes.From(resolver, [root]))
        {
            if (!Plumbing.IsAssignment(node.Op))
            {
                continue;
            }

            var variable = resolver.Input(scope, node, 0);
            if (!VariableNames.IsVariable(variable.Node))
            {
                throw new SavedModelException($"The model's initialisation assigns by node '{scope.Prefix}{node.Name}' "
                    + $"({node.Op}) a variable that cannot be determined.")
                { Unsupported = true };
            }

            assigned.Add(VariableNames.Identity(variable));
        }

        return assigned;
    }

    private static string? InitOperation(MetaGraphDef meta)
    {
        if (meta.SignatureDef.TryGetValue(InitSignature, out var signature)
            && signature.Outputs.TryGetValue(InitSignature, out var output))
        {
            return output.Name;
        }

        return FromCollection(meta, "saved_model_main_op") ?? FromCollection(meta, "legacy_init_op");
    }

    private static string? FromCollection(MetaGraphDef meta, string collection) =>
        meta.CollectionDef.TryGetValue(collection, out var names) ? names.NodeList?.Value.FirstOrDefault() : null;
}
