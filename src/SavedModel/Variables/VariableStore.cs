using ScoringCluster.Core;
using ScoringCluster.SavedModel.Bundles;
using ScoringCluster.SavedModel.Flattening;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.SavedModel.Types;

namespace ScoringCluster.SavedModel.Variables;

/// <summary>Values of variables: what the graph would read after it was restored.</summary>
internal sealed class VariableStore : IDisposable
{
    private readonly string _prefix;
    private readonly TensorBundle? _bundle;
    private readonly Lazy<Dictionary<string, string>> _keys;
    private readonly Lazy<HashSet<string>> _initialised;

    public VariableStore(string folder, FunctionCalls calls, MetaGraphDef meta, TensorProtos constants)
    {
        _prefix = Path.Combine(folder, "variables", "variables");
        _bundle = File.Exists(_prefix + ".index") ? TensorBundle.Open(_prefix) : null;
        _keys = new(() => ReadKeys(calls, meta, constants));
        _initialised = new(() => InitialAssignments.Read(calls, meta));
    }

    /// <summary>The value of the variable that <paramref name="variable"/> stands for.</summary>
    /// <exception cref="SavedModelException">It has none, or one that does not fit the graph.</exception>
    public ConstantTensor Read(Port variable)
    {
        var name = VariableNames.Identity(variable);
        if (_bundle is null)
        {
            throw new SavedModelException($"{_prefix}.index is missing, but the graph has the variable '{name}' "
                + $"(node '{variable.NodeName}').");
        }

        if (_initialised.Value.Contains(name))
        {
            throw new SavedModelException($"The variable '{name}' gets its value from the model's initialisation (node "
                + $"'{variable.NodeName}', {variable.Node.Op}), not from the checkpoint; that is not supported.")
            { Unsupported = true };
        }

        var key = _keys.Value.TryGetValue(name, out var mapped) ? mapped
            : _keys.Value.Count == 0 && _bundle.Find(name) is not null ? name
            : throw new SavedModelException($"The variable '{name}' (node '{variable.NodeName}') is not found among "
                + $"those that the model restores from {_prefix}.index.");
        var value = _bundle.Read(key);
        Check(variable, key, value);
        return value;
    }

    public void Dispose() => _bundle?.Dispose();

    private Dictionary<string, string> ReadKeys(FunctionCalls calls, MetaGraphDef meta, TensorProtos constants)
    {
        var keys = RestorePath.Read(calls, meta.SaverDef, constants);
        return keys.Count > 0 ? keys : ObjectGraphKeys.Read(calls, meta.ObjectGraphDef, _bundle!);
    }

    private void Check(Port variable, string key, ConstantTensor value)
    {
        var attributes = variable.Node.Definition.Attr;
        var type = attributes.TryGetValue("dtype", out var typed) ? typed.Type.ToElementType() : value.Type;
        var shape = attributes.TryGetValue("shape", out var shaped) ? shaped.Shape.ToShape() : TensorShape.UnknownRank;
        if (type != value.Type || !shape.Accepts(value.Shape))
        {
            throw new SavedModelException($"The variable '{key}' is {value.Type.ProtocolName()}{value.Shape} in "
                + $"{_prefix}.index, but the graph says {type?.ProtocolName() ?? typed!.Type.TensorFlowName()} and "
                + $"shape {shape} (node '{variable.NodeName}').");
        }
    }
}
