using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Simulated;
using ScoringCluster.Engine.Store;
using ScoringCluster.SavedModel;

namespace ScoringCluster.Engine.Hosting;

/// <summary>Loads one version for one device: all or nothing, with a first execution before anybody calls.</summary>
internal sealed partial class ModelLoader(
    IModelSource source,
    IEnumerable<IModelRuntime> runtimes,
    IEnumerable<IModelCheck> checks,
    IOptions<ModelStoreOptions> store,
    IOptionsMonitor<BatchingOptions> batching,
    BatchingInstruments instruments,
    TimeProvider time,
    ILoggerFactory loggers)
{
    private readonly ILogger<ModelLoader> _logger = loggers.CreateLogger<ModelLoader>();

    private static readonly ActivitySource _source = new(TelemetryNames.Source);

    /// <exception cref="ModelLoadException">Nothing was loaded; says why.</exception>
    public LoadedModel Load(Device device, DeviceSlots slots, ModelRef reference, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var activity = _source.StartActivity(TelemetryNames.Spans.Load);
        activity?.SetTag(TelemetryNames.Tags.Model, reference.Name);
        activity?.SetTag(TelemetryNames.Tags.Version, reference.Version);
        activity?.SetTag(TelemetryNames.Tags.Device, device.Id.ToString());
        try
        {
            var loaded = Load(device, slots, reference, started, cancellationToken);
            activity?.SetTag(TelemetryNames.Tags.Engine, loaded.Engine);
            return loaded;
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
    }

    private LoadedModel Load(
        Device device, DeviceSlots slots, ModelRef reference, long started, CancellationToken cancellationToken)
    {
        var package = source.Find(reference)
            ?? throw new ModelLoadException($"There is no model {reference} in this silo's store.");
        var manifest = ReadManifest(package);
        var (runtime, reason) = Choose(device.Id);
        var digest = SavedModelDigest.Compute(package.Folder, cancellationToken);
        var model = runtime.Load(
            new ModelLoadRequest(package.Folder, reference, device.Id, device.Slots, device.ThreadsPerSlot),
            cancellationToken);
        try
        {
            WarmUp(model, device.Slots);
            cancellationToken.ThrowIfCancellationRequested();
            var options = batching.Get(reference.Name);
            var signatures = Independent(model, reference, options.BatchDependent);
            Check(package, manifest, signatures);
            var runner = new BatchRunner(
                model, reference, device, options, instruments, time, loggers.CreateLogger<BatchRunner>());
            var queue = new BatchQueue(signatures, runner, options, slots, time);
            var loaded = new LoadedModel(model, queue, slots, instruments)
            {
                Signatures = signatures,
                Package = package,
                Device = device,
                Engine = runtime.Name,
                EngineVersion = runtime.Version,
                EngineReason = reason,
                Digest = digest,
                ManifestJson = manifest,
                BatchRowsMax = options.RowsMax,
                LoadTime = time.GetElapsedTime(started),
            };
            loaded.Open();
            return loaded;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static string? ReadManifest(ModelPackage package)
    {
        try
        {
            return package.ManifestFile is { } file ? File.ReadAllText(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(
                $"The manifest {package.ManifestFile} of {package.Model} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Signatures whose rows depend on each other are served as they come, one request an execution.</summary>
    /// <param name="declared">The operator says so of all of them.</param>
    private List<ModelSignature> Independent(IModel model, ModelRef reference, bool declared)
    {
        var signatures = new List<ModelSignature>();
        foreach (var signature in model.Signatures)
        {
            var dependent = signature.Batched && (declared || (signature.Inputs.All(spec => spec.HasFixedRows)
                && !RowIndependence.Holds(model, signature)));
            if (dependent)
            {
                LogDependent(reference, signature.Name);
            }

            signatures.Add(dependent ? signature with { Batched = false } : signature);
        }

        return signatures;
    }

    private void Check(ModelPackage package, string? manifest, List<ModelSignature> signatures)
    {
        foreach (var check in checks)
        {
            if (check.Check(signatures, manifest) is { } problem)
            {
                throw new ModelLoadException(
                    package.ManifestFile is { } file ? $"{file}: {problem}" : $"{package.Folder}: {problem}");
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Rows of signature {Signature} of {Model} depend on each other: requests are never merged.")]
    private partial void LogDependent(ModelRef model, string signature);

    private (IModelRuntime Runtime, string Reason) Choose(DeviceId device)
    {
        var wanted = store.Value.Engine;
        var isSimulated = device.Kind == SimulatedRuntime.DeviceKind;
        var available = runtimes.Where(r => r.Name == SimulatedRuntime.EngineName == isSimulated).ToList();
        var names = string.Join(", ", available.Select(r => r.Name));
        if (isSimulated)
        {
            return wanted == "auto" ? (available[0], $"{device} is a simulated device") : throw new ModelLoadException(
                $"{device} is a simulated device, which no other engine runs: Models:Engine asks for '{wanted}'.");
        }

        if (wanted == "auto")
        {
            return available switch
            {
                [] => throw new ModelLoadException("This build has no engine."),
                [var only] => (only, $"{only.Name} is the only engine of this build"),
                [var first, ..] => (first, $"{first.Name} comes first of this build's engines: {names}"),
            };
        }

        return (
            available.Find(r => r.Name == wanted)
                ?? throw new ModelLoadException($"This build has no engine '{wanted}'; it has {names}."),
            $"{wanted} is what Models:Engine asks for");
    }

    /// <summary>
    /// One row of zeros through every batched signature, on every slot: the first call allocates, and a model that
    /// fails on it fails here rather than at a caller. It runs on the loading thread: the device's slots go on serving.
    /// </summary>
    private static void WarmUp(IModel model, int slots)
    {
        foreach (var signature in model.Signatures.Where(s => s.Batched && s.Inputs.All(i => i.HasFixedRows)))
        {
            for (var slot = 0; slot < slots; slot++)
            {
                var inputs = TensorRows.Zeros(TensorBlockPool.Shared, signature.Inputs);
                var outputs = BatchTensors.Outputs(signature, 1, buffers: null);
                var fault = model.Execute(signature, slot, inputs, outputs)
                    ?? BatchTensors.CheckRows(signature, outputs, 1);
                BatchTensors.Return(inputs);
                BatchTensors.Return(outputs);
                if (fault is not null)
                {
                    throw new ModelLoadException($"The warm-up of signature '{signature.Name}' failed: {fault}");
                }
            }
        }
    }
}
