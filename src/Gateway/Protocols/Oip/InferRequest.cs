using System.Collections.Immutable;
using ScoringCluster.Core;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>An inference request as the protocol states it, before it is held against a signature.</summary>
internal sealed class InferRequest
{
    public string? Id { get; set; }

    /// <summary>The parameter <c>signature_name</c>: which function of the model.</summary>
    public string? Signature { get; set; }

    /// <summary>The parameter <c>timeout</c>, given in microseconds; it may only shorten.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>The parameter <c>priority</c>: 1 is served first; 0 for the model's default.</summary>
    public int Priority { get; set; }

    /// <summary>The parameter <c>binary_data_output</c>: for outputs that do not say themselves.</summary>
    public bool BinaryOutputs { get; set; }

    public List<InferInput> Inputs { get; } = [];

    /// <summary>Outputs that are asked for; none for all.</summary>
    public List<InferOutput> Outputs { get; } = [];

    public bool IsBinary(string output)
    {
        foreach (var asked in Outputs)
        {
            if (asked.Name == output)
            {
                return asked.Binary ?? BinaryOutputs;
            }
        }

        return BinaryOutputs;
    }

    /// <summary>Outputs in the order asked for, else the signature's.</summary>
    public ImmutableArray<Tensor> Ordered(ImmutableArray<Tensor> outputs) => Outputs.Count == 0
        ? outputs
        : [.. Outputs.Select(wanted => outputs.First(tensor => tensor.Name == wanted.Name))];

    /// <summary>Gives back the tensors of a request that is not carried out.</summary>
    public void DisposeTensors()
    {
        foreach (var input in Inputs)
        {
            input.Tensor?.Dispose();
            input.Tensor = null;
        }
    }
}

/// <summary>One input: where its data stands in the body, as JSON or as bytes.</summary>
internal sealed class InferInput
{
    private TensorSpec? _spec;

    public string Name
    {
        get;
        set => (field, _spec) = (value, null);
    }
    = "";

    public string? DataType
    {
        get;
        set => (field, _spec) = (value, null);
    }

    public long[]? Shape
    {
        get;
        set => (field, _spec) = (value, null);
    }

    /// <summary>True where a reader has said what is wrong with a shape that is null.</summary>
    public bool ShapeExplained { get; init; }

    /// <summary>True where a reader has said why there is no data, or says it of type or shape.</summary>
    public bool DataExplained { get; init; }

    /// <summary>Where the JSON array begins; −1 where there is none.</summary>
    public int DataAt { get; set; } = -1;

    /// <summary>True once the JSON array was read, into <see cref="Tensor"/> or into a violation.</summary>
    public bool DataRead { get; set; }

    /// <summary>Bytes in the binary part; null where the data is not there.</summary>
    public long? BinarySize { get; set; }

    /// <summary>The data as a message brought it; null where it stands in the body.</summary>
    public WireBytes? Bytes { get; set; }

    public Tensor? Tensor { get; set; }

    /// <summary>True where the data is given in one of the three ways, and in one only.</summary>
    public bool HasData => Bytes is not null || DataAt < 0 != BinarySize is null;

    /// <summary>Name, type and shape; null until all three are there and right.</summary>
    public TensorSpec? TryGetSpec() => _spec ??=
        Name.Length > 0 && Shape is not null && DataType is not null
            && ElementTypes.TryParseProtocolName(DataType, out var type)
            ? new TensorSpec(Name, type, TensorShape.Of(Shape))
            : null;
}

/// <summary>One requested output.</summary>
internal sealed record InferOutput(string Name, bool? Binary);
