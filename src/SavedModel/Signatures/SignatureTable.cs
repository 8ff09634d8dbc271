using ScoringCluster.Core;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.SavedModel.Types;

namespace ScoringCluster.SavedModel.Signatures;

/// <summary>The callable signatures of a MetaGraph, and why others cannot be called.</summary>
internal sealed class SignatureTable
{
    /// <summary>Signatures that start so belong to the loader (initialisation, training).</summary>
    private const string Internal = "__";

    public SignatureTable(MetaGraphDef meta)
    {
        foreach (var (name, definition) in meta.SignatureDef.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(Internal, StringComparison.Ordinal))
            {
                continue;
            }

            try
            {
                Entries.Add(name, Read(name, definition));
            }
            catch (SavedModelException e)
            {
                Broken.Add(name, e.Message);
            }
        }
    }

    public Dictionary<string, SignatureEntry> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Why a signature cannot be called, by its name.</summary>
    public Dictionary<string, string> Broken { get; } = new(StringComparer.Ordinal);

    private static SignatureEntry Read(string name, SignatureDef definition)
    {
        var inputs = Tensors(definition.Inputs, $"signature '{name}' has the input");
        var outputs = Tensors(definition.Outputs, $"signature '{name}' has the output");
        if (outputs.Length == 0)
        {
            throw new SavedModelException($"signature '{name}' has no output");
        }

        var signature = new ModelSignature(
            name,
            [.. inputs.Select(tensor => tensor.Spec)],
            [.. outputs.Select(tensor => tensor.Spec)],
            ModelSignature.LooksBatched(inputs.Concat(outputs).Select(tensor => tensor.Spec)));
        return new SignatureEntry(signature, inputs, outputs);
    }

    private static SignatureTensor[] Tensors(IDictionary<string, TensorInfo> tensors, string what) =>
        [.. tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => Tensor(pair, what))];

    private static SignatureTensor Tensor(KeyValuePair<string, TensorInfo> named, string what)
    {
        var (name, info) = named;
        if (info.EncodingCase is not (TensorInfo.EncodingOneofCase.Name or TensorInfo.EncodingOneofCase.None))
        {
            throw new SavedModelException($"{what} '{name}', which is "
                + $"{(info.EncodingCase == TensorInfo.EncodingOneofCase.CooSparse ? "sparse" : "a composite tensor")}");
        }

        var type = info.Dtype.ToElementType()
            ?? throw new SavedModelException($"{what} '{name}' of type {info.Dtype.TensorFlowName()}");
        return new SignatureTensor(new TensorSpec(name, type, info.TensorShape.ToShape()), info.Name);
    }
}

/// <summary>A callable signature and where its tensors are in the graph.</summary>
internal sealed record SignatureEntry(
    ModelSignature Signature, IReadOnlyList<SignatureTensor> Inputs, IReadOnlyList<SignatureTensor> Outputs);

/// <summary>An input or output and the tensor of the main graph behind it: "node:0".</summary>
internal sealed record SignatureTensor(TensorSpec Spec, string Tensor);
