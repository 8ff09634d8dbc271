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
            "inspect", "Shows signatures, digest, and what the embedded engine says of the model.") { folder, json };
        command.SetAction(
            (parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(folder)!, parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string folder, bool json, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandException($"'{folder}' is no folder.", ExitCodes.Usage);
        }

        SavedModelReader reader;
        try
        {
            reader = SavedModelReader.Open(folder);
        }
        catch (SavedModelException e)
        {
            throw new CommandException(e.Message);
        }

        using var opened = reader;
        var refused = Refused(reader, cancellationToken);
        var digest = SavedModelDigest.Compute(reader.Folder, cancellationToken);
        await Console.Out.WriteLineAsync(json ? ToJson(reader, digest, refused) : ToText(reader, digest, refused));
        return ExitCodes.Ok;
    }

    /// <summary>Loads it for real: only then is it known what runs.</summary>
    private static Dictionary<string, string> Refused(SavedModelReader reader, CancellationToken cancellationToken)
    {
        try
        {
            using var model = new OnnxRuntimeEngine().Load(
                new ModelLoadRequest(reader.Folder, new ModelRef("inspected", 1), DeviceId.Cpu(0), 1, 1),
                    cancellationToken);
            return new Dictionary<string, string>(model.Refused);
        }
        catch (ModelLoadException e)
        {
            return reader.Signatures.ToDictionary(s => s.Name, _ => e.Message);
        }
    }

    private static string ToText(SavedModelReader reader, string digest, Dictionary<string, string> refused)
    {
        var lines = new List<string>
        {
            $"folder     {reader.Folder}",
            $"tags       {string.Join(", ", reader.Tags)}",
            $"digest     {digest}",
        };
        foreach (var signature in reader.Signatures)
        {
            lines.Add($"signature  {signature.Name}{(signature.Batched ? "" : "  (no batch axis)")}");
            lines.AddRange(
                signature.Inputs
                .Select(input => $"  in       {input.Name}  {input.Type.ProtocolName()} {input.Shape}"));
            lines.AddRange(
                signature.Outputs
                .Select(output => $"  out      {output.Name}  {output.Type.ProtocolName()} {output.Shape}"));
            lines.Add($"  embedded "
                + $"{(refused.TryGetValue(signature.Name, out var reason) ? $"refused: {reason}" : "runs")}");
        }

        lines.AddRange(reader.Broken.Select(broken => $"signature  {broken.Key}  cannot be called: {broken.Value}"));
        return string.Join(Environment.NewLine, lines);
    }

    private static string ToJson(SavedModelReader reader, string digest, Dictionary<string, string> refused)
    {
        static object Tensors(IEnumerable<TensorSpec> specs) => specs.Select(s => new
        {
            name = s.Name,
            datatype = s.Type.ProtocolName(),
            shape = s.Shape.HasRank ? s.Shape.Dimensions.ToArray() : null,
        });
        return JsonSerializer.Serialize(new
        {
            folder = reader.Folder,
            tags = reader.Tags,
            digest,
            signatures = reader.Signatures.Select(s => new
            {
                name = s.Name,
                batched = s.Batched,
                inputs = Tensors(s.Inputs),
                outputs = Tensors(s.Outputs),
                refused = refused.GetValueOrDefault(s.Name),
            }),
            broken = reader.Broken,
        });
    }
}
