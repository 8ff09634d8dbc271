using ScoringCluster.Core;

namespace ScoringCluster.Engine.Runtimes;

/// <summary>What to load, and the part of the device it may use.</summary>
/// <param name="Folder">The SavedModel folder itself: holds <c>saved_model.pb</c>.</param>
/// <param name="Slots">Threads that may execute at the same time; <see cref="IModel.Execute"/> names the slot.</param>
/// <param name="ThreadsPerSlot">Threads that one execution may use, the calling one included.</param>
/// <param name="Tags">Tag set of the graph to take; null for <c>serve</c>.</param>
/// <param name="Signatures">Signatures to load; null for all that can be called.</param>
public sealed record ModelLoadRequest(
    string Folder,
    ModelRef Model,
    DeviceId Device,
    int Slots,
    int ThreadsPerSlot,
    IReadOnlyList<string>? Signatures = null,
    IReadOnlyList<string>? Tags = null);
