using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel;

namespace ScoringCluster.Engine.Simulated;

/// <summary>
/// What a model on a simulated device can be called with: the signatures of its SavedModel, of which nothing else is
/// read; or, where its folder has no <c>saved_model.pb</c> or an empty one, the declared input and a checksum.
/// </summary>
/// <param name="Callable">Sorted by name; at least one.</param>
/// <param name="Refused">The others, with the reason.</param>
internal sealed record SimulatedSignatures(
    IReadOnlyList<ModelSignature> Callable, IReadOnlyDictionary<string, string> Refused)
{
    /// <summary>Output of the declared signature: one whole number of 64 bits a row.</summary>
    public const string ChecksumOutput = "checksum";

    private const int RowElementsDefault = 64;

    /// <exception cref="ModelLoadException">The file is damaged, a wanted signature is not there, or none can be
    /// simulated.</exception>
    public static SimulatedSignatures Read(ModelLoadRequest request, SimulatedOptions options, IRowAnswer answer)
    {
        var refused = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var callable = new List<ModelSignature>();
        foreach (var signature in All(request, options, refused).Where(s => IsWanted(request, s.Name)))
        {
            var reason = signature.Inputs.IsEmpty ? "it has no input" : answer.Refuses(signature);
            if (reason is null)
            {
                callable.Add(signature);
            }
            else
            {
                refused.Add(signature.Name, reason);
            }
        }

        var there = callable.Select(signature => signature.Name).Concat(refused.Keys).ToList();
        if (request.Signatures?.Except(there).FirstOrDefault() is { } missing)
        {
            throw new ModelLoadException(
                $"{request.Folder} has no signature '{missing}'; it has {string.Join(", ", there)}.");
        }

        return callable.Count > 0 ? new SimulatedSignatures(callable, refused) : throw new ModelLoadException(
            $"No signature of {request.Folder} can be simulated: "
                + string.Join("; ", refused.Select(pair => $"{pair.Key}: {pair.Value}")))
        {
            Refused = true,
        };
    }

    private static bool IsWanted(ModelLoadRequest request, string name) => request.Signatures?.Contains(name) ?? true;

    private static IReadOnlyList<ModelSignature> All(
        ModelLoadRequest request, SimulatedOptions options, SortedDictionary<string, string> refused)
    {
        var file = new FileInfo(Path.Combine(request.Folder, SavedModelFolder.FileName));
        if (!file.Exists || file.Length == 0)
        {
            return [Declared(options)];
        }

        try
        {
            using var reader = SavedModelReader.Open(request.Folder, request.Tags);
            foreach (var (name, reason) in reader.Broken.Where(pair => IsWanted(request, pair.Key)))
            {
                refused.Add(name, reason);
            }

            return reader.Signatures;
        }
        catch (Exception e) when (e is SavedModelException or IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(e.Message, e);
        }
    }

    private static ModelSignature Declared(SimulatedOptions options)
    {
        _ = ElementTypes.TryParseProtocolName(options.InputType, out var type);
        long[] row = options.InputRow.Count > 0 ? [.. options.InputRow] : [RowElementsDefault];
        return new ModelSignature(
            ModelSignature.Default,
            [new TensorSpec(options.Input, type, TensorShape.Of([TensorShape.Any, .. row]))],
            [new TensorSpec(ChecksumOutput, ElementType.Int64, TensorShape.Of(TensorShape.Any))],
            Batched: true);
    }
}
