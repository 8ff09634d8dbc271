using ScoringCluster.Core;

namespace ScoringCluster.Engine.Devices;

/// <summary>Something that executes models, with its share of the machine.</summary>
/// <param name="Slots">Executions at the same time, each on a thread of its own.</param>
/// <param name="ThreadsPerSlot">Threads of one execution, the slot's own included.</param>
/// <param name="MemoryBytes">What models on it may take.</param>
public sealed record Device(DeviceId Id, string Description, int Slots, int ThreadsPerSlot, long MemoryBytes);
