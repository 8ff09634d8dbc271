using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>An inference request as the protocol states it, before it is held against a signature.</summary>
internal sealed class InferRequest
{
    public string? Id { get; set; }

    /// <summary>The parameter <c>signature_name</c>: which function of the model.</summary>
    public string? Signature { get; set; }

    /// <summary>The parameter <c>timeout</c>, given in microseconds; it may only shorten.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>The parameter <c>binary_data_output</c>: for outputs that do not say themselves.</summary>
    public bool BinaryOutputs { get; set; }

    public List<InferInput> Inputs { get; } = [];

    /// <summary>Outputs that are asked for; none for all.</summary>
    public List<InferOutput> Outputs { get; } = [];

    public bool IsBinary(string output) => Outputs.Find(o => o.Name == output)?.Binary ?? BinaryOutputs;
}

/// <summary>One input: where its data stands in the body, as JSON or as bytes.</summary>
internal sealed class InferInput
{
    public string Name { get; set; } = "";

    public string? DataType { get; set; }

    public long[]? Shape { get; set; }

    /// <summary>Where the JSON array begins; −1 where there is none.</summary>
    public int DataAt { get; set; } = -1;

    /// <summary>Bytes in the binary part; null where the data is JSON.</summary>
    public long? BinarySize { get; set; }

    public TensorSpec? Spec { get; set; }
}

/// <summary>One requested output.</summary>
internal sealed record InferOutput(string Name, bool? Binary);
