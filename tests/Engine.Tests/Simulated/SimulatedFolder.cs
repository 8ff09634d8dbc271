using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Simulated;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Tests.Simulated;

/// <summary>A SavedModel of which there is nothing but signatures: a simulated device reads no more.</summary>
internal sealed class SimulatedFolder : IDisposable
{
    public static readonly DeviceId Device = new(SimulatedRuntime.DeviceKind, 0);

    private static readonly Dictionary<ElementType, DataType> _types = new()
    {
        [ElementType.Float32] = DataType.DtFloat,
        [ElementType.Bytes] = DataType.DtString,
        [ElementType.Int64] = DataType.DtInt64,
        [ElementType.UInt8] = DataType.DtUint8,
    };

    public string Folder { get; } = Directory.CreateTempSubdirectory("simulated-").FullName;

    private string File => Path.Combine(Folder, "saved_model.pb");

    /// <summary>Writes the signatures, in place of those that were there.</summary>
    public SimulatedFolder Write(params IEnumerable<ModelSignature> signatures)
    {
        var meta = new MetaGraphDef
        {
            MetaInfoDef = new MetaGraphDef.Types.MetaInfoDef { Tags = { "serve" } },
            GraphDef = new GraphDef { Library = new FunctionDefLibrary() },
        };
        foreach (var signature in signatures)
        {
            var definition = new SignatureDef();
            definition.Inputs.Add(signature.Inputs.ToDictionary(spec => spec.Name, Info));
            definition.Outputs.Add(signature.Outputs.ToDictionary(spec => spec.Name, Info));
            meta.SignatureDef.Add(signature.Name, definition);
        }

        var saved = new SavedModel.Proto.SavedModel { SavedModelSchemaVersion = 1, MetaGraphs = { meta } };
        System.IO.File.WriteAllBytes(File, saved.ToByteArray());
        return this;
    }

    /// <summary>Cuts the end off.</summary>
    public SimulatedFolder Damage()
    {
        System.IO.File.WriteAllBytes(File, System.IO.File.ReadAllBytes(File)[..^7]);
        return this;
    }

    public ModelLoadRequest Request(int slots = 1) => new(Folder, new ModelRef("m", 1), Device, slots, 1);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static TensorInfo Info(TensorSpec spec)
    {
        var shape = new TensorShapeProto();
        foreach (var size in spec.Shape.Dimensions)
        {
            shape.Dim.Add(new TensorShapeProto.Types.Dim { Size = size });
        }

        return new TensorInfo { Name = $"{spec.Name}:0", Dtype = _types[spec.Type], TensorShape = shape };
    }
}
