namespace ScoringCluster.Engine.Simulated;

/// <summary>
/// Devices that are not there, and what executions on them cost (section <c>Devices:Simulated</c>): scheduling, scaling
/// and overload of a large cluster can be tried on a small machine.
/// </summary>
public sealed class SimulatedOptions
{
    public const string Section = "Devices:Simulated";

    /// <summary>
    /// Devices as <c>sim:INDEX=SLOTS</c>, or several alike as <c>sim:FIRST-LAST=SLOTS</c>. A slot is one execution at a
    /// time; a GPU is usually one.
    /// </summary>
    /// <value>Empty, which means none.</value>
    public IList<string> Devices { get; } = [];

    /// <summary>Milliseconds of one execution, whatever its rows.</summary>
    /// <value>The default is 5, from 0 to 60000: launching a model's kernels on a GPU.</value>
    public double LatencyMilliseconds { get; set; } = 5;

    /// <summary>Milliseconds that each row of an execution adds.</summary>
    /// <value>The default is 0.1, from 0 to 60000: together 8.2 ms for 32 rows.</value>
    public double RowMilliseconds { get; set; } = 0.1;

    /// <summary>Rows that one execution takes at most: more fail it, as a GPU whose memory is full does.</summary>
    /// <value>The default is 0, which means any number.</value>
    public int RowsMax { get; set; }

    /// <summary>Bytes of memory of each device: models whose sum exceeds it do not load.</summary>
    /// <value>The default is 16 GiB.</value>
    public long MemoryBytes { get; set; } = 16L << 30;

    /// <summary>Bytes that each loaded model is said to take of its device.</summary>
    /// <value>The default is 256 MiB; at most <see cref="MemoryBytes"/>.</value>
    public long ModelBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Rows that fail the execution that they are part of, by the first number of their first input: <c>none</c>,
    /// <c>nan</c>, <c>negative</c>, or the number itself.
    /// </summary>
    /// <value>The default is <c>none</c>.</value>
    public string FailOn { get; set; } = "none";

    /// <summary>Input of a model whose folder holds no signatures of its own.</summary>
    /// <value>The default is <c>x</c>.</value>
    public string Input { get; set; } = "x";

    /// <summary>Element type of that input, as the Open Inference Protocol names it.</summary>
    /// <value>The default is <c>FP32</c>; any but <c>BYTES</c>.</value>
    public string InputType { get; set; } = "FP32";

    /// <summary>Shape of a row of that input, the batch axis left out.</summary>
    /// <value>Empty, which means 64 numbers.</value>
    public IList<int> InputRow { get; } = [];
}
