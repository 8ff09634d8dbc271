using System.Runtime.InteropServices;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Simulated;

/// <summary>
/// Every number of a row's outputs follows from the row's <see cref="RowChecksum"/> over its inputs, in the signature's
/// order: the first whole number of 64 bits is the checksum itself, real ones lie in [0,1).
/// </summary>
internal sealed class ChecksumAnswer : IRowAnswer
{
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    public string? Refuses(ModelSignature signature)
    {
        foreach (var output in signature.Outputs)
        {
            var isFixed = signature.Batched ? output.Shape.TryGetRowElements(out _) : output.Shape.IsStatic;
            if (output.Type == ElementType.Bytes || !isFixed)
            {
                return $"output {output} has no fixed number of bytes, which a simulated answer needs";
            }
        }

        return null;
    }

    public EngineFault? Answer(
        ModelSignature signature, int rows, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
    {
        for (var i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is { } given && given.Shape != ShapeOf(signature, i, rows))
            {
                return new EngineFault(
                    $"The output has the shape {ShapeOf(signature, i, rows)}; {given.Shape} was expected.",
                    signature.Outputs[i].Name);
            }
        }

        for (var i = 0; i < outputs.Length; i++)
        {
            var spec = signature.Outputs[i];
            outputs[i] ??= Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, ShapeOf(signature, i, rows));
        }

        for (var row = 0; row < rows; row++)
        {
            var checksum = Checksum(signature, inputs, row);
            for (var i = 0; i < outputs.Length; i++)
            {
                var output = outputs[i]!;
                var bytes = signature.Batched ? TensorRows.Bytes(output, row, 1) : output.Bytes;
                Fill(bytes, output.Type, (ulong)checksum + ((ulong)i << 32));
            }
        }

        return null;
    }

    private static TensorShape ShapeOf(ModelSignature signature, int output, int rows) =>
        signature.Batched ? signature.Outputs[output].Shape.WithRows(rows) : signature.Outputs[output].Shape;

    private static long Checksum(ModelSignature signature, ReadOnlySpan<Tensor> inputs, int row)
    {
        var checksum = 0L;
        foreach (var input in inputs)
        {
            checksum = RowChecksum.Of(signature.Batched ? TensorRows.Bytes(input, row, 1) : input.Bytes, checksum);
        }

        return checksum;
    }

    /// <summary>
    /// The numbers of one output's row: the first one from the seed as it is, the others mixed from it.
    /// </summary>
    private static void Fill(Span<byte> bytes, ElementType type, ulong seed)
    {
        var size = type.Size();
        for (var i = 0; i * size < bytes.Length; i++)
        {
            var bits = i == 0 ? seed : RowChecksum.Mix(seed + ((ulong)i * Step));
            Write(bytes[(i * size)..], type, bits);
        }
    }

    private static void Write(Span<byte> bytes, ElementType type, ulong bits)
    {
        switch (type)
        {
            case ElementType.Bool:
                bytes[0] = (byte)(bits & 1);
                break;
            case ElementType.Float16:
                MemoryMarshal.Write(bytes, (Half)((bits >> 53) / 2048.0));
                break;
            case ElementType.BFloat16:
                MemoryMarshal.Write(bytes, (ushort)(BitConverter.SingleToUInt32Bits((bits >> 56) / 256f) >> 16));
                break;
            case ElementType.Float32:
                MemoryMarshal.Write(bytes, (bits >> 40) / (float)(1 << 24));
                break;
            case ElementType.Float64:
                MemoryMarshal.Write(bytes, (bits >> 11) / (double)(1L << 53));
                break;
            default:
                MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in bits))[..type.Size()].CopyTo(bytes);
                break;
        }
    }
}
