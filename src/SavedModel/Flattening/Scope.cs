using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>A body at one place of use: the main graph, or a function as one node calls it.</summary>
internal sealed class Scope
{
    private Dictionary<(BodyNode Call, string Function), Scope>? _children;
    private string? _prefix;

    public Scope(GraphBody body) => Body = body;

    private Scope(GraphBody body, Scope parent, BodyNode call, string function, int firstInput)
    {
        Body = body;
        Parent = parent;
        Call = call;
        Function = function;
        FirstInput = firstInput;
        Depth = parent.Depth + 1;
    }

    public GraphBody Body { get; }

    public Scope? Parent { get; }

    /// <summary>The node of <see cref="Parent"/> that calls; null for the main graph.</summary>
    public BodyNode? Call { get; }

    public string Function { get; } = "";

    /// <summary>The input of <see cref="Call"/> that is the function's first argument.</summary>
    public int FirstInput { get; }

    public int Depth { get; }

    /// <summary>What names of nodes in this scope start with.</summary>
    public string Prefix => _prefix ??= Parent is null ? "" : $"{Parent.Prefix}{Call!.Name}/";

    public Scope? FindChild(BodyNode call, string function) => _children?.GetValueOrDefault((call, function));

    public Scope AddChild(GraphBody body, BodyNode call, string function, int firstInput)
    {
        var child = new Scope(body, this, call, function, firstInput);
        (_children ??= []).Add((call, function), child);
        return child;
    }

    /// <summary>True where the function is already being called by this scope or one that it stands in.</summary>
    public bool IsWithin(string function)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Function == function && scope.Call is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An attribute's value; a placeholder in a function stands for an attribute of its caller.</summary>
    public AttrValue Resolve(AttrValue value, BodyNode node)
    {
        for (var scope = this; value.ValueCase == AttrValue.ValueOneofCase.Placeholder; scope = scope.Parent)
        {
            if (scope?.Call is null || !scope.Call.Definition.Attr.TryGetValue(value.Placeholder, out var given))
            {
                throw new SavedModelException($"An attribute of node '{Prefix}{node.Name}' stands for the caller's "
                    + $"'{value.Placeholder}', which is not given.");
            }

            value = given;
        }

        return value;
    }
}

/// <summary>Output <paramref name="Index"/> of a node in a scope.</summary>
internal readonly record struct Port(Scope Scope, BodyNode Node, int Index)
{
    public string NodeName => Scope.Prefix + Node.Name;
}
