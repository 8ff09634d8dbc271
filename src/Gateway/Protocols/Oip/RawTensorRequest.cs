using System.Buffers.Binary;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>A body without JSON: all of it is the one input of the model, and all outputs come back binary.</summary>
internal static class RawTensorRequest
{
    public static (ParsedRequest? Parsed, ScoringFault? Fault) Parse(
        ReadOnlySpan<byte> body, ModelRoute route, TensorBlockPool pool)
    {
        var (signature, fault) = route.Signature(null);
        if (signature is null)
        {
            return (null, fault);
        }

        if (signature.Inputs is not [var spec] || ShapeOf(spec, body.Length) is not { } shape)
        {
            return (null, new ScoringFault(
                FaultKind.RequestInvalid,
                $"A raw body of {body.Length} bytes is not a whole number of rows of "
                    + $"{string.Join(", ", signature.Inputs)}."));
        }

        var violations = new List<FaultViolation>();
        var rows = SignatureCheck.Check(signature, [spec with { Shape = shape }], violations);
        if (violations.Count > 0)
        {
            return (null, ScoringFault.Invalid(violations));
        }

        var tensor = spec.Type == ElementType.Bytes
            ? Text(body, spec, shape, pool)
            : Tensor.Copy(pool, spec.Name, spec.Type, shape, body);
        return (new ParsedRequest(new InferRequest { BinaryOutputs = true }, signature, [tensor], rows), null);
    }

    /// <summary>As many rows as the bytes are; a text is one element whatever its length.</summary>
    private static TensorShape? ShapeOf(TensorSpec spec, int bytes)
    {
        if (spec.Type == ElementType.Bytes)
        {
            var rank = spec.Shape.HasRank ? spec.Shape.Rank : 1;
            return TensorShape.Of(Enumerable.Repeat(1L, rank).ToArray());
        }

        if (!spec.Shape.TryGetRowElements(out var elements) || elements is < 1 or > int.MaxValue)
        {
            return null;
        }

        var (rows, rest) = Math.DivRem(bytes, elements * spec.Type.Size());
        return rest == 0 ? spec.Shape.WithRows(rows) : null;
    }

    private static Tensor Text(ReadOnlySpan<byte> body, TensorSpec spec, TensorShape shape, TensorBlockPool pool)
    {
        var length = checked(sizeof(uint) + body.Length);
        var block = pool.Rent(length);
        BinaryPrimitives.WriteUInt32LittleEndian(block.Span(length), (uint)body.Length);
        body.CopyTo(block.Span(length)[sizeof(uint)..]);
        return new Tensor(spec.Name, spec.Type, shape, block, length);
    }
}
