using System.ComponentModel.DataAnnotations;

namespace ScoringCluster.Archive.Jobs;

/// <summary>Section <c>Jobs</c>: which folders jobs may use, and how they cut their work.</summary>
public sealed class JobOptions
{
    public const string Section = "Jobs";

    /// <summary>Folders under which the inputs of jobs may lie. Unset: no job may be asked for.</summary>
    /// <value>The default is empty, since a caller's path must never reach files that nobody meant to offer.</value>
    public IList<string> InputRoots { get; } = [];

    /// <summary>Folders under which the outputs of jobs may lie. Unset: no job may be asked for.</summary>
    /// <value>The default is empty, for the same reason.</value>
    public IList<string> OutputRoots { get; } = [];

    /// <summary>Rows of a shard: what is scored again when a process dies in the middle of it.</summary>
    /// <value>The default is 128: a shard of images takes about a second, and its commit a few milliseconds.</value>
    [Range(1, 65_536)]
    public int ShardRows { get; set; } = 128;

    /// <summary>Rows of one execution of a job, where the replica takes as many.</summary>
    /// <value>The default is 8: larger batches gain little on processors and delay online rows.</value>
    [Range(1, 1_024)]
    public int BatchRows { get; set; } = 8;

    /// <summary>Shards that one replica works on at a time; each reads and decodes on a thread of its own.</summary>
    /// <value>The default is 0: one for every slot of the device, at least 2, so that reading overlaps scoring.</value>
    [Range(0, 256)]
    public int ShardsInFlight { get; set; }
}
