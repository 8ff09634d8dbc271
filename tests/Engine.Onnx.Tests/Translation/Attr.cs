using Google.Protobuf;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation;

/// <summary>Attributes of TensorFlow nodes.</summary>
internal static class Attr
{
    public static AttrValue Ints(params long[] values) =>
        new() { List = new AttrValue.Types.ListValue { I = { values } } };

    public static AttrValue Int(long value) => new() { I = value };

    public static AttrValue Float(float value) => new() { F = value };

    public static AttrValue Flag(bool value) => new() { B = value };

    public static AttrValue Text(string value) => new() { S = ByteString.CopyFromUtf8(value) };

    public static AttrValue Type(DataType type) => new() { Type = type };

    public static AttrValue Types(params DataType[] types) =>
        new() { List = new AttrValue.Types.ListValue { Type = { types } } };

    public static AttrValue Function(string name) => new() { Func = new NameAttrList { Name = name } };

    public static AttrValue Shapes(params TensorShapeProto[] shapes) =>
        new() { List = new AttrValue.Types.ListValue { Shape = { shapes } } };

    public static TensorShapeProto Shape(params IEnumerable<long> sizes) =>
        new() { Dim = { sizes.Select(size => new TensorShapeProto.Types.Dim { Size = size }) } };
}
