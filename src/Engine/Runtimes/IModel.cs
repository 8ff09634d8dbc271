using ScoringCluster.Core;

namespace ScoringCluster.Engine.Runtimes;

/// <summary>A loaded model on one device.</summary>
/// <remarks>
/// Obligations:
/// 1. Signatures are known once loaded and do not change.
/// 2. <see cref="Execute"/> is synchronous, is called by one thread at a time for each slot (the device's own, the
///    caller's where executions are short, the loading thread to warm each slot up), and never mutates its inputs.
/// 3. What goes wrong while executing is an <see cref="EngineFault"/> that names the op or tensor, never an exception;
///    tensors that do not fit the signature are part of that (<see cref="Bindings"/>).
/// 4. <see cref="IDisposable.Dispose"/> is called after the last execution returned, and gives back all memory that the
///    engine can give back.
/// </remarks>
public interface IModel : IDisposable
{
    /// <summary>What can be called, sorted by name.</summary>
    IReadOnlyList<ModelSignature> Signatures { get; }

    /// <summary>
    /// Signatures in the file that this engine refuses, with the reason (op, node, layer); the others still serve.
    /// </summary>
    IReadOnlyDictionary<string, string> Refused { get; }

    /// <summary>Bytes that loading took, as near as the engine can tell: weights plus workspace.</summary>
    long MemoryBytes { get; }

    /// <summary>Runs one batch.</summary>
    /// <param name="slot">0 to slots−1; one thread at a time has it.</param>
    /// <param name="inputs">One tensor for every input of the signature, in its order, already batched.</param>
    /// <param name="outputs">
    /// One place for every output of the signature, in its order. Where the caller put a tensor, its block is large
    /// enough for the shape it states and the engine writes there; where it left null, the engine puts a tensor that
    /// the caller then owns. After a fault the contents are undefined and the engine has put nothing.
    /// </param>
    /// <returns>Null when it ran.</returns>
    EngineFault? Execute(ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs);

    /// <summary>
    /// Gives back memory that only past executions needed. Called like <see cref="Execute"/>, by the thread that has
    /// the slot, once that had nothing to do for a while; an engine that keeps nothing has nothing to do. What it frees
    /// the caller hands on to the system.
    /// </summary>
    void Trim(int slot)
    {
    }
}
