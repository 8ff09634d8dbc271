using Google.Protobuf;
using ScoringCluster.Engine.Onnx.Proto;
using static ScoringCluster.Engine.Onnx.Proto.AttributeProto.Types;

namespace ScoringCluster.Engine.Onnx.Translation;

/// <summary>Attributes of ONNX nodes, typed as the standard asks.</summary>
internal static class Attributes
{
    public static AttributeProto Int(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeType.Int };

    public static AttributeProto Float(string name, float value) =>
        new() { Name = name, F = value, Type = AttributeType.Float };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = AttributeType.String };

    public static AttributeProto Ints(string name, params IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }
}
