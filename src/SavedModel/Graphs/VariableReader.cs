using ScoringCluster.Core;
using ScoringCluster.SavedModel.Bundles;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>Values of variables as constants, each read once and held against what the graph says of it.</summary>
internal sealed class VariableReader(VariableMap map, TensorBundle? bundle, string indexPath)
{
    private readonly Dictionary<string, ConstantTensor> _values = new(StringComparer.Ordinal);

    public ConstantTensor Read(NodeDef variable)
    {
        if (bundle is null)
        {
            throw new SavedModelException(
                $"{indexPath} is missing, and the graph has variables: '{variable.Name}' has no value.");
        }

        var key = map.KeyOf(variable) ?? throw new SavedModelException(
            $"Variable '{variable.Name}' is not restored from the checkpoint: an init op gives it its value, which "
                + $"needs TensorFlow itself.")
        { Unsupported = true };
        if (!_values.TryGetValue(key, out var value))
        {
            _values[key] = value = bundle.Read(key);
        }

        Check(variable, key, value);
        return value;
    }

    private static void Check(NodeDef variable, string key, ConstantTensor value)
    {
        if (variable.Attr.TryGetValue("dtype", out var type) && DataTypes.ElementTypeOf(type.Type) != value.Type)
        {
            throw new SavedModelException(
                $"Variable '{variable.Name}' is {DataTypes.NameOf(type.Type)}, the checkpoint has '{key}' as "
                    + $"{value.Type.ProtocolName()}.");
        }

        if (variable.Attr.TryGetValue("shape", out var shape) && !ProtoTensors.Shape(shape.Shape).Accepts(value.Shape))
        {
            throw new SavedModelException(
                $"Variable '{variable.Name}' has the shape {ProtoTensors.Shape(shape.Shape)}, the checkpoint has "
                    + $"'{key}' with the shape {value.Shape}.");
        }
    }
}
