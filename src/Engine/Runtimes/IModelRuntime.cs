namespace ScoringCluster.Engine.Runtimes;

/// <summary>
/// An engine: it turns a SavedModel folder into something that executes. Every implementation passes the contract
/// suite of TestKit (<c>ModelRuntimeContract</c>).
/// </summary>
/// <remarks>
/// Obligations:
/// 1. <see cref="Load"/> is all or nothing: it returns a model that can execute every signature it lists, or throws
///    <see cref="ModelLoadException"/> and holds nothing.
/// 2. Load runs on a thread of its own, never on a device's slot, and observes cancellation between its steps.
/// 3. Two loaded models never share state, and loading one never disturbs another that executes.
/// </remarks>
public interface IModelRuntime
{
    /// <summary>The name users choose it by: <c>onnx</c>, <c>tensorflow</c>.</summary>
    string Name { get; }

    /// <summary>Version of the engine and its translator: pinned by jobs, since another version may round
    /// differently.</summary>
    string Version { get; }

    /// <exception cref="ModelLoadException">The folder holds no model that this engine can run; says which file, node
    /// or op.</exception>
    IModel Load(ModelLoadRequest request, CancellationToken cancellationToken);
}
