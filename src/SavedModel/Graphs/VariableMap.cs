using Google.Protobuf;
using ScoringCluster.SavedModel.Bundles;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>
/// Which checkpoint key each variable of the main graph is restored from. Names do not tell (Keras 3 numbers them
/// otherwise), so the map is read from the graph's own restore path; where there is none, from the object graph or the
/// variable's name.
/// </summary>
internal sealed class VariableMap
{
    private const string ObjectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";
    private const string ValueAttribute = "VARIABLE_VALUE";

    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);

    private VariableMap()
    {
    }

    /// <summary>The key of a variable, by the name of its node in the main graph; null where nothing restores
    /// it.</summary>
    public string? KeyOf(NodeDef variable) => _keys.GetValueOrDefault(variable.Name);

    public static VariableMap Read(MetaGraphDef graph, GraphScope main, FunctionLibrary library, TensorBundle? bundle)
    {
        var map = new VariableMap();
        var chaser = new EdgeChaser(library);
        var restore = graph.SaverDef?.RestoreOpName.Split(':')[0] is { Length: > 0 } name ? main.Find(name) : null;
        if (restore is not null)
        {
            foreach (var assign in Assignments(main, restore, library))
            {
                map.Add(assign, chaser);
            }
        }
        else if (bundle is not null)
        {
            map.AddByName(graph, main, bundle);
        }

        return map;
    }

    /// <summary>Every assignment that the restore op triggers: in the function it calls, or behind control
    /// inputs.</summary>
    private static IEnumerable<NodeRef> Assignments(GraphScope main, NodeDef restore, FunctionLibrary library)
    {
        var open = new Stack<NodeDef>([restore]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var node))
        {
            if (!seen.Add(node.Name))
            {
                continue;
            }

            if (library.CalledBy(node) is { } function)
            {
                var body = main.Enter(function, node);
                foreach (var assign in body.Nodes.Where(IsAssignment))
                {
                    yield return new NodeRef(body, assign, 0);
                }
            }
            else if (IsAssignment(node))
            {
                yield return new NodeRef(main, node, 0);
            }

            foreach (var input in GraphScope.ControlInputs(node)
                .Concat(node.Op is "Identity" or "Group" ? GraphScope.DataInputs(node) : []))
            {
                if (main.Find(input.Split(':')[0]) is { } next)
                {
                    open.Push(next);
                }
            }
        }
    }

    private static bool IsAssignment(NodeDef node) => node.Op is "AssignVariableOp" or "Assign";

    private void Add(NodeRef assign, EdgeChaser chaser)
    {
        var variable = chaser.Chase(EdgeChaser.Input(assign, 0), static _ => false);
        var value = chaser.Chase(EdgeChaser.Input(assign, 1), static _ => false);
        if (value.Node.Op != "RestoreV2")
        {
            return;
        }

        var names = chaser.Chase(EdgeChaser.Input(value with { Index = 0 }, 1), static _ => false);
        if (names.Node.Op != "Const" || !names.Node.Attr.TryGetValue("value", out var tensor))
        {
            throw new SavedModelException($"The restore op '{value.Path}' does not say which variables it reads.");
        }

        var keys = ProtoTensors.Read(tensor.Tensor, names.Path).Strings;
        if (value.Index >= keys.Count)
        {
            throw new SavedModelException(
                $"The restore op '{value.Path}' names {keys.Count} variables; number {value.Index} is read.");
        }

        _keys[variable.Node.Name] = System.Text.Encoding.UTF8.GetString(keys[value.Index].Span);
    }

    private void AddByName(MetaGraphDef graph, GraphScope main, TensorBundle bundle)
    {
        var byVariableName = ObjectKeys(graph, bundle);
        foreach (var node in main.Nodes.Where(n => n.Op is "VarHandleOp" or "VariableV2" or "Variable"))
        {
            var shared = node.Attr.TryGetValue("shared_name", out var attribute) ? attribute.S.ToStringUtf8() : "";
            string[] candidates = [shared, node.Name];
            var key = candidates.Select(name => byVariableName.GetValueOrDefault(name))
                .FirstOrDefault(k => k is not null)
                ?? candidates.FirstOrDefault(bundle.Contains);
            if (key is not null)
            {
                _keys[node.Name] = key;
            }
        }
    }

    /// <summary>Checkpoint keys by the variable's name in the object graph; nodes of both graphs have the same
    /// numbers.</summary>
    private static Dictionary<string, string> ObjectKeys(MetaGraphDef graph, TensorBundle bundle)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        if (graph.ObjectGraphDef is not { } objects || !bundle.Contains(ObjectGraphKey))
        {
            return keys;
        }

        TrackableObjectGraph trackable;
        try
        {
            trackable = TrackableObjectGraph.Parser.ParseFrom(bundle.Read(ObjectGraphKey).Strings[0].Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new SavedModelException("The checkpoint's object graph is corrupt.", e);
        }

        for (var i = 0; i < Math.Min(objects.Nodes.Count, trackable.Nodes.Count); i++)
        {
            var key = trackable.Nodes[i].Attributes.FirstOrDefault(a => a.Name == ValueAttribute)?.CheckpointKey;
            if (objects.Nodes[i].Variable is { } variable && key is { Length: > 0 })
            {
                keys[variable.Name] = key;
            }
        }

        return keys;
    }
}
