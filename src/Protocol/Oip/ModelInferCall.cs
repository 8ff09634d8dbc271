using ScoringCluster.Core;

namespace ScoringCluster.Protocol.Oip;

/// <summary>
/// A <c>ModelInferRequest</c> as the hand-written marshaller reads it: tensors go from the connection's buffers
/// straight into pooled blocks. Owns the blocks until they are taken.
/// </summary>
/// <remarks>Generated types copy every tensor into an array, which for large ones is never compacted.</remarks>
public sealed class ModelInferCall : IDisposable
{
    public string ModelName { get; internal set; } = "";

    /// <summary>Empty for the server's choice.</summary>
    public string ModelVersion { get; internal set; } = "";

    public string Id { get; internal set; } = "";

    /// <summary>Text, number or flag by name.</summary>
    public Dictionary<string, object> Parameters { get; } = new(StringComparer.Ordinal);

    public List<ModelInferInput> Inputs { get; } = [];

    /// <summary>Names of the outputs asked for; none for all.</summary>
    public List<string> Outputs { get; } = [];

    /// <summary>Names of outputs that are asked for as class labels.</summary>
    public List<string> Classifications { get; } = [];

    /// <summary>Entries of <c>raw_input_contents</c>, in order.</summary>
    public List<WireBytes> Raw { get; } = [];

    /// <summary>Why the message cannot be read; null where it can.</summary>
    public string? Problem { get; internal set; }

    /// <summary>True where elements that were sent by type would take more than a request may have.</summary>
    public bool IsTooLarge { get; internal set; }

    /// <summary>Gives back the blocks that nobody took.</summary>
    public void Dispose()
    {
        foreach (var input in Inputs)
        {
            input.Contents?.Dispose();
        }

        foreach (var raw in Raw)
        {
            raw.Dispose();
        }
    }
}

/// <summary>An <c>InferInputTensor</c>.</summary>
public sealed class ModelInferInput
{
    public string Name { get; internal set; } = "";

    public string DataType { get; internal set; } = "";

    public List<long> Shape { get; } = [];

    /// <summary>True where elements were sent by type, whether or not they could be read.</summary>
    public bool HasContents { get; internal set; }

    /// <summary>
    /// The elements that were sent by type, packed as the datatype has them; null where there are none, or not as many
    /// as the shape has, and where type, shape or an element is wrong.
    /// </summary>
    public WireBytes? Contents { get; internal set; }

    /// <summary>Why <c>contents</c> are not elements of the datatype; null where they are.</summary>
    public string? Problem { get; internal set; }
}

/// <summary>Bytes of a message in a pooled block.</summary>
public sealed class WireBytes(TensorBlock block, int length) : IDisposable
{
    private TensorBlock? _block = block;

    public int Length => length;

    public ReadOnlySpan<byte> Bytes => (_block ?? throw new ObjectDisposedException(nameof(WireBytes))).Span(length);

    /// <summary>The block, the caller's from here on.</summary>
    public TensorBlock Take() =>
        Interlocked.Exchange(ref _block, null) ?? throw new ObjectDisposedException(nameof(WireBytes));

    public void Dispose() => Interlocked.Exchange(ref _block, null)?.Dispose();
}
