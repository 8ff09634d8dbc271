using System.CommandLine;
using System.Text.Json;
using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel;

namespace ScoringCluster.Cli.Models;

/// <summary><c>scoring model inspect</c>.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "A SavedModel folder." };
        var json = CommonOptions.Json();
        var command = new Command(
            "inspect", "Shows signatures, operators, digest, and what the embedded engine says of the model.")
        {
            folder, json,
        };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(folder)!, parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string folder, bool json, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandException($"'{folder}' is no folder.", ExitCodes.Usage);
        }

        var model = Inspect(folder, cancellationToken);
        await Console.Out.WriteLineAsync(json ? ToJson(model) : ToText(model));
        return ExitCodes.Ok;
    }

    /// <summary>Loads it for real: only then is it known what runs.</summary>
    private static InspectedModel Inspect(string folder, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = SavedModelReader.Open(folder);
            var digest = SavedModelDigest.Compute(reader.Folder, cancellationToken);
            var refused = Refused(reader, cancellationToken);
            return new InspectedModel(
                reader.Folder,
                reader.Tags,
                digest,
                [.. reader.Signatures.Select(s => new InspectedSignature(s, Ops(reader, s), refused(s.Name)))],
                new SortedDictionary<string, string>(reader.Broken.ToDictionary(), StringComparer.Ordinal));
        }
        catch (Exception e) when (e is SavedModelException or ModelLoadException)
        {
            throw new CommandException(e.Message);
        }
    }

    /// <exception cref="ModelLoadException">The model is damaged, rather than beyond the engine.</exception>
    private static Func<string, string?> Refused(SavedModelReader reader, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(reader.Folder.TrimEnd(Path.DirectorySeparatorChar));
        var reference = new ModelRef(ModelRef.IsName(name) ? name : "model", 1);
        try
        {
            using var model = new OnnxRuntimeEngine().Load(
                new ModelLoadRequest(reader.Folder, reference, DeviceId.Cpu(0), 1, 1), cancellationToken);
            var refused = model.Refused;
            return signature => refused.GetValueOrDefault(signature);
        }
        catch (ModelLoadException e) when (e.Refused)
        {
            return _ => e.Message;
        }
    }

    /// <summary>Operators of a signature with their number; none where its graph cannot be made flat.</summary>
    private static SortedDictionary<string, int> Ops(SavedModelReader reader, ModelSignature signature)
    {
        var ops = new SortedDictionary<string, int>(StringComparer.Ordinal);
        try
        {
            var nodes = reader.Flatten(signature.Name).Nodes;
            foreach (var node in nodes.Where(node => node.Op is not ("Const" or "Placeholder")))
            {
                ops[node.Op] = ops.GetValueOrDefault(node.Op) + 1;
            }
        }
        catch (SavedModelException e) when (e.Unsupported)
        {
            // The engine's refusal says it, with the node.
        }

        return ops;
    }

    private static string ToText(InspectedModel model)
    {
        var lines = new List<string>
        {
            $"folder     {model.Folder}",
            $"tags       {string.Join(", ", model.Tags)}",
            $"digest     {model.Digest}",
        };
        foreach (var (signature, ops, refused) in model.Signatures)
        {
            lines.Add($"signature  {signature.Name}{(signature.Batched ? "" : "  (no batch axis)")}");
            lines.AddRange(signature.Inputs.Select(input => $"  in       {input}"));
            lines.AddRange(signature.Outputs.Select(output => $"  out      {output}"));
            var counted = ops.Select(op => op.Value > 1 ? $"{op.Key} ×{op.Value}" : op.Key);
            lines.Add($"  ops      {string.Join(", ", counted)}");
            lines.Add($"  embedded {(refused is null ? "runs" : $"refused: {refused}")}");
        }

        lines.AddRange(model.Broken.Select(broken => $"signature  {broken.Key}  cannot be called: {broken.Value}"));
        return string.Join(Environment.NewLine, lines);
    }

    private static string ToJson(InspectedModel model)
    {
        static object Tensors(IEnumerable<TensorSpec> specs) => specs.Select(s => new
        {
            name = s.Name,
            datatype = s.Type.ProtocolName(),
            shape = s.Shape.HasRank ? s.Shape.Dimensions.ToArray() : null,
        });
        return JsonSerializer.Serialize(new
        {
            folder = model.Folder,
            tags = model.Tags,
            digest = model.Digest,
            signatures = model.Signatures.Select(s => new
            {
                name = s.Signature.Name,
                batched = s.Signature.Batched,
                inputs = Tensors(s.Signature.Inputs),
                outputs = Tensors(s.Signature.Outputs),
                ops = s.Ops,
                refused = s.Refused,
            }),
            broken = model.Broken,
        });
    }
}

/// <summary>What is shown of a model.</summary>
/// <param name="Broken">Signatures that cannot be called at all, with the reason.</param>
internal sealed record InspectedModel(
    string Folder,
    IReadOnlyList<string> Tags,
    string Digest,
    IReadOnlyList<InspectedSignature> Signatures,
    IReadOnlyDictionary<string, string> Broken);

/// <param name="Refused">Why the embedded engine does not run it; null where it does.</param>
internal sealed record InspectedSignature(
    ModelSignature Signature, IReadOnlyDictionary<string, int> Ops, string? Refused);
