using System.Buffers.Binary;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// The last look at a request before its bytes meet other callers' rows and native code: one that lies about its rows
/// or bytes fails here alone, and never fails or reads past a batch.
/// </summary>
internal static class RequestCheck
{
    /// <returns>Null where the tensors fit the signature and their own shapes.</returns>
    public static ScoringFault? Check(ModelSignature signature, BatchRequest request)
    {
        if (request.Inputs.Length != signature.Inputs.Length)
        {
            return Invalid("inputs", $"expected {signature.Inputs.Length} tensors, got {request.Inputs.Length}");
        }

        if (request.Rows is < 1 or > Limits.RowsPerRequestMax)
        {
            return Invalid("rows", $"expected 1 to {Limits.RowsPerRequestMax}, got {request.Rows}");
        }

        for (var i = 0; i < request.Inputs.Length; i++)
        {
            if (Check(signature, signature.Inputs[i], request.Inputs[i], request.Rows) is { } violation)
            {
                return Invalid($"inputs[{signature.Inputs[i].Name}]", violation);
            }
        }

        return null;
    }

    private static string? Check(ModelSignature signature, TensorSpec spec, Tensor tensor, int rows)
    {
        if (tensor.Type != spec.Type || !tensor.Shape.IsStatic || !spec.Shape.Accepts(tensor.Shape))
        {
            return $"expected {spec}, got {tensor}";
        }

        if (signature.Batched && (tensor.Shape.Rank == 0 || tensor.Shape[0] != rows))
        {
            return $"expected {rows} rows, got {tensor.Shape}";
        }

        foreach (var dimension in tensor.Shape.Dimensions)
        {
            if (dimension < 0)
            {
                return $"the shape {tensor.Shape} has a negative dimension";
            }
        }

        return Bytes(tensor);
    }

    private static string? Bytes(Tensor tensor)
    {
        var elements = TryCount(tensor.Shape);
        var fits = elements is { } count && (tensor.Type == ElementType.Bytes
            ? HoldsStrings(tensor.Bytes, count)
            : count <= int.MaxValue && count * tensor.Type.Size() == tensor.ByteLength);
        return fits ? null : $"{tensor.ByteLength} bytes do not hold {tensor.Type.ProtocolName()} {tensor.Shape}";
    }

    private static long? TryCount(TensorShape shape)
    {
        try
        {
            return shape.ElementCount();
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static bool HoldsStrings(ReadOnlySpan<byte> bytes, long elements)
    {
        for (var i = 0L; i < elements; i++)
        {
            if (bytes.Length < sizeof(uint))
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            bytes = bytes[sizeof(uint)..];
            if (length > bytes.Length)
            {
                return false;
            }

            bytes = bytes[(int)length..];
        }

        return bytes.IsEmpty;
    }

    private static ScoringFault Invalid(string field, string message) =>
        ScoringFault.Invalid([new FaultViolation(field, message)]);
}
