using ScoringCluster.Engine.Onnx.Tests.Translation;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Onnx.Tests;

public sealed class OnnxRuntimeEngineContractTests : ModelRuntimeContract, IDisposable
{
    private readonly GraphUnderTest _graph = new();

    protected override IModelRuntime Runtime { get; } = new OnnxRuntimeEngine();

    public void Dispose() => _graph.Dispose();

    protected override ModelLoadRequest Sound(int slots)
    {
        if (_graph.Meta.SignatureDef.Count == 0)
        {
            Build();
        }

        return _graph.Request(slots);
    }

    protected override ModelLoadRequest Damaged()
    {
        var request = Sound(1);
        var file = Path.Combine(request.Folder, "saved_model.pb");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^7]);
        return request;
    }

    protected override ModelLoadRequest BeyondTheEngine()
    {
        _graph.Feed("x", NdArray.Vector(1f)).Node("y = RandomGamma(x, x)").Sign("y", DataType.DtFloat);
        return _graph.Request();
    }

    /// <summary>The model of <see cref="FakeModelRuntime"/> as a graph: pairs times [[1, 1], [1, −1]].</summary>
    private void Build()
    {
        _graph.Constant("sums", NdArray.Of([2, 2], 1f, 1, 1, -1)).Integers("pairs", -1, 2).Integers("two", 2);
        Input("rows", DataType.DtFloat, -1, 2);
        Poison();
        _graph.Node("row_sums = MatMul(sound, sums)");
        Sign(FakeModelRuntime.Signature.Name, "rows", "row_sums", DataType.DtFloat, -1, 2);

        Input("ragged", DataType.DtFloat, -1, -1);
        _graph.Node("ragged_pairs = Reshape(ragged, pairs)").Node("ragged_sums = MatMul(ragged_pairs, sums)")
            .Node("ragged_shape = Shape(ragged)").Node("ragged_out = Reshape(ragged_sums, ragged_shape)");
        Sign(FakeModelRuntime.Ragged.Name, "ragged", "ragged_out", DataType.DtFloat, -1, -1);

        Input("text", DataType.DtString, -1);
        _graph.Node("text_out = Identity(text)");
        Sign(FakeModelRuntime.Text.Name, "text", "text_out", DataType.DtString, -1);

        Input("whole", DataType.DtFloat, 2);
        _graph.Node("whole_pairs = Reshape(whole, pairs)").Node("whole_sums = MatMul(whole_pairs, sums)")
            .Node("whole_out = Reshape(whole_sums, two)");
        Sign(FakeModelRuntime.Whole.Name, "whole", "whole_out", DataType.DtFloat, 2);
    }

    /// <summary>Rows as they are; where one begins with the poison they would have to have a width that divides
    /// nothing.</summary>
    private void Poison() => _graph
        .Constant("poison", NdArray.Scalar(FakeModelRuntime.Poison)).Constant("vast", NdArray.Scalar(999_983f))
        .Integers("begin", 0, 0).Integers("end", 0, 1).Integers("strides", 1, 1).Integers("axis", 0)
        .Constant("width", NdArray.Scalar(2)).Constant("any", NdArray.Scalar(-1))
        .Node("firsts = StridedSlice(rows, begin, end, strides)", ("begin_mask", Attr.Int(1)),
            ("end_mask", Attr.Int(1)), ("shrink_axis_mask", Attr.Int(2)))
        .Node("is_poison = Equal(firsts, poison)")
        .Node("as_number = Cast(is_poison)", ("DstT", Attr.Type(DataType.DtFloat)))
        .Node("worst = Max(as_number, axis)").Node("wider = Mul(worst, vast)")
        .Node("wider_by = Cast(wider)", ("DstT", Attr.Type(DataType.DtInt32)))
        .Node("columns = AddV2(width, wider_by)").Node("shape = Pack(any, columns)", ("N", Attr.Int(2)))
        .Node("sound = Reshape(rows, shape)");

    private void Input(string name, DataType type, params long[] shape) => _graph.Node(
        $"{name} = Placeholder()", ("dtype", Attr.Type(type)), ("shape", new AttrValue { Shape = Attr.Shape(shape) }));

    private void Sign(string signature, string input, string output, DataType type, params long[] shape) =>
        _graph.Meta.SignatureDef[signature] = new SignatureDef
        {
            Inputs = { ["x"] = Info(input, type, shape) },
            Outputs = { ["y"] = Info(output, type, shape) },
        };

    private static TensorInfo Info(string node, DataType type, long[] shape) =>
        new() { Name = $"{node}:0", Dtype = type, TensorShape = Attr.Shape(shape) };
}
