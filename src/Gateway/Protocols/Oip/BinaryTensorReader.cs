using System.Buffers.Binary;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>Raw little-endian elements into a pooled tensor; the size has to be exactly the shape's.</summary>
internal static class BinaryTensorReader
{
    /// <param name="spec">Name, type and shape as sent; the shape's size is known to fit.</param>
    public static Tensor? Read(
        ReadOnlySpan<byte> bytes, TensorSpec spec, TensorBlockPool pool, List<FaultViolation> violations) =>
        Fits(bytes, spec, violations) ? Tensor.Copy(pool, spec.Name, spec.Type, spec.Shape, bytes) : null;

    /// <summary>True where the bytes are exactly the elements of the shape; else there is a violation.</summary>
    public static bool Fits(ReadOnlySpan<byte> bytes, TensorSpec spec, List<FaultViolation> violations)
    {
        _ = StatedSize.TryCount(spec, out var count);
        var problem = spec.Type == ElementType.Bytes
            ? TextProblem(bytes, count)
            : bytes.Length == count * spec.Type.Size()
                ? null
                : $"expected {count * spec.Type.Size()} bytes for {spec.Type.ProtocolName()} {spec.Shape}, got "
                    + $"{bytes.Length}";
        if (problem is not null)
        {
            violations.Add(new($"inputs[{spec.Name}]", problem));
        }

        return problem is null;
    }

    private static string? TextProblem(ReadOnlySpan<byte> bytes, int count)
    {
        var rest = bytes;
        for (var i = 0; i < count; i++)
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
