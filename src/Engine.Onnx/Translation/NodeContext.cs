using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Proto;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel.Graphs;

namespace ScoringCluster.Engine.Onnx.Translation;

/// <summary>One TensorFlow node while it is translated: its inputs as ONNX values, and where its outputs go.</summary>
internal sealed class NodeContext(FlatNode node, OnnxGraph graph, IReadOnlyList<OnnxValue> inputs)
{
    private readonly Dictionary<int, OnnxValue> _outputs = [];

    public FlatNode Node { get; } = node;

    public OnnxGraph Graph { get; } = graph;

    public FlatAttributes Attributes => Node.Attributes;

    public IReadOnlyList<OnnxValue> Inputs { get; } = inputs;

    public IReadOnlyDictionary<int, OnnxValue> Outputs => _outputs;

    public OnnxValue Input(int index) => index < Inputs.Count
        ? Inputs[index]
        : throw Refuse($"it has {Inputs.Count} inputs, input {index} is needed");

    /// <summary>An input that has to be known while translating.</summary>
    public ConstantTensor Constant(int index, string what) =>
        Input(index).Constant ?? throw Refuse($"its {what} is computed, and has to be a constant");

    /// <summary>An integer input whose elements all have to be known while translating.</summary>
    public long[] Integers(int index, string what) =>
        Input(index).KnownElements ?? throw Refuse($"its {what} is computed, and has to be a constant");

    /// <summary>The one integer of an input that has to be known while translating.</summary>
    public long Integer(int index, string what) => Integers(index, what) is [var one]
        ? one
        : throw Refuse($"its {what} has {Integers(index, what).Length} entries; 1 is expected");

    /// <summary>An axis counted from the start, where the file may count from the end.</summary>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw Refuse($"there is no axis {axis} in rank {rank}");

    /// <summary>Adds an ONNX node over inputs 0, 1, … and makes its result output 0.</summary>
    public void Map(string op, ElementType type, TensorShape shape, params ReadOnlySpan<AttributeProto> attributes) =>
        Set(Graph.Add(op, Inputs.Select(i => i.Name), attributes), type, shape);

    /// <summary>Makes an ONNX value output 0; a shape that the exporter recorded is used where nothing is
    /// known.</summary>
    public void Set(string name, ElementType type, TensorShape shape) => Set(0, new OnnxValue(name, type, shape));

    public void Set(int index, OnnxValue value) =>
        _outputs[index] = value.Shape.IsStatic || index >= Node.OutputShapes.Count
        ? value
        : value with { Shape = Narrower(value.Shape, Node.OutputShapes[index]) };

    /// <summary>The op is translated, and this node uses it in a way that is not.</summary>
    public ModelLoadException Refuse(string reason) =>
        new($"Op {Node.Op} of node '{Node.Name}' cannot be translated: {reason}.") { Refused = true };

    /// <summary>Refuses element types on which ONNX Runtime and TensorFlow differ or that have no kernel.</summary>
    public ElementType RequireFloat(int index = 0) => OnnxTypes.IsFloat(Input(index).Type)
        ? Input(index).Type
        : throw Refuse($"it works on {Input(index).Type.ProtocolName()} here; floating point is supported");

    private static TensorShape Narrower(TensorShape inferred, TensorShape recorded)
    {
        if (!inferred.HasRank || !recorded.HasRank || inferred.Rank != recorded.Rank)
        {
            return inferred.HasRank ? inferred : recorded;
        }

        var dimensions = inferred.Dimensions.ToArray();
        for (var axis = 0; axis < dimensions.Length; axis++)
        {
            dimensions[axis] = dimensions[axis] == TensorShape.Any ? recorded[axis] : dimensions[axis];
        }

        return TensorShape.Of(dimensions);
    }
}
