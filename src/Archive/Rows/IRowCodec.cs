using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Rows;

/// <summary>How an archive's rows become tensors and a model's outputs become columns. Thread-safe.</summary>
public interface IRowCodec
{
    ModelSignature Signature { get; }

    /// <summary>The one input, its row shape known: [−1, …].</summary>
    TensorSpec Input { get; }

    /// <summary>Bytes of one row of <see cref="Input"/>.</summary>
    int RowBytes { get; }

    /// <summary>Names of the score columns.</summary>
    ImmutableArray<string> Classes { get; }

    /// <summary>Fills one row of the input from a file's bytes; the fault of that row where it cannot.</summary>
    ScoringFault? Encode(ReadOnlySpan<byte> file, Span<byte> row);

    /// <summary>Reads one row of the outputs (in the signature's order) into <paramref name="scores"/>.</summary>
    /// <param name="predicted">Index of the predicted class.</param>
    /// <returns>The fault of that row where the model answered no scores (NaN, another size).</returns>
    ScoringFault? Decode(ImmutableArray<Tensor> outputs, int row, Span<float> scores, out int predicted);
}
