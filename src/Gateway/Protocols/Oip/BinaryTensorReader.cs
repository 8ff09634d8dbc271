using System.Buffers.Binary;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>Raw little-endian elements into a pooled tensor; the size has to be exactly the shape's.</summary>
internal static class BinaryTensorReader
{
    public static Tensor? Read(ReadOnlySpan<byte> bytes, TensorSpec spec, List<FaultViolation> violations)
    {
        var count = spec.Shape.ElementCount();
        var problem = spec.Type == ElementType.Bytes
            ? TextProblem(bytes, count)
            : bytes.Length == count * spec.Type.Size()
                ? null
                : $"expected {count * spec.Type.Size()} bytes for {spec.Type.ProtocolName()} {spec.Shape}, got "
                    + $"{bytes.Length}";
        if (problem is not null)
        {
            violations.Add(new($"inputs[{spec.Name}]", problem));
            return null;
        }

        return Tensor.Copy(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape, bytes);
    }

    private static string? TextProblem(ReadOnlySpan<byte> bytes, long count)
    {
        var rest = bytes;
        for (long i = 0; i < count; i++)
        {
            if (rest.Length < sizeof(uint)
                || BinaryPrimitives.ReadUInt32LittleEndian(rest) > (uint)(rest.Length - sizeof(uint)))
            {
                return $"element {i} of {count} ends past the {bytes.Length} bytes given";
            }

            rest = rest[(sizeof(uint) + (int)BinaryPrimitives.ReadUInt32LittleEndian(rest))..];
        }

        return rest.Length == 0 ? null : $"{rest.Length} bytes follow the last of {count} elements";
    }
}
