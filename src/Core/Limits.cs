namespace ScoringCluster.Core;

/// <summary>
/// The limits of the system; LimitsTests asserts how they relate. Where an option takes one of these as its default,
/// the limit's summary names it, and the option's range is what bounds it, upwards too. Nothing moves the others.
/// </summary>
public static class Limits
{
    /// <summary>Rows of one request.</summary>
    public const int RowsPerRequestMax = 65_536;

    /// <summary>Bytes of a request body unless <c>Gateway:RequestBytesMax</c> says otherwise.</summary>
    public const int RequestBytesMax = 64 << 20;

    /// <summary>Inputs and requested outputs of one request.</summary>
    public const int TensorsPerRequestMax = 1_024;

    /// <summary>Dimensions of one tensor.</summary>
    public const int TensorRankMax = 16;

    /// <summary>Violations that an answer lists; further ones are counted only.</summary>
    public const int ViolationsListedMax = 32;

    /// <summary>Characters of a fault's message: names that callers make up stand in it.</summary>
    public const int FaultMessageLengthMax = 4_096;

    /// <summary>
    /// Bytes that a gRPC status' message takes as a header, percent-encoded: nine for one character at worst. Clients
    /// take 8 KiB of headers, and a connection dies of more.
    /// </summary>
    public const int GrpcStatusBytesMax = 6 << 10;

    /// <summary>Bytes of one message between processes; larger requests are split (a row may exceed it).</summary>
    public const int MessageBytesTarget = 512 << 10;

    /// <summary>Parts of one request that a gateway has on their way to one replica at a time.</summary>
    public const int PartsInFlightPerReplica = 4;

    /// <summary>Bytes of one message between processes, for a single row that is larger than the target.</summary>
    public const int MessageBytesMax = RequestBytesMax + (1 << 20);

    /// <summary>Bytes of one message's tensors; the rest is for names and shapes.</summary>
    public const int MessageTensorBytesMax = RequestBytesMax;

    /// <summary>Bytes of request bodies that one gateway holds at a time.</summary>
    public const long GatewayBytesInFlightMax = 1L << 30;

    /// <summary>Returned blocks that a process keeps for reuse.</summary>
    public const long PooledBytesMax = 256L << 20;

    /// <summary>How long a block may lie unused before its memory goes back to the system.</summary>
    public static readonly TimeSpan PoolIdleTime = TimeSpan.FromSeconds(15);

    /// <summary>Time of a call; a caller may ask for less.</summary>
    public static readonly TimeSpan RequestTimeDefault = TimeSpan.FromSeconds(30);

    /// <summary>The longest that rows wait in a queue, whatever deadline came with them.</summary>
    public static readonly TimeSpan RequestTimeMax = TimeSpan.FromMinutes(10);

    /// <summary>Combinations of tags that one instrument of the framework or of Orleans tells apart; others are counted
    /// together, marked as the overflow.</summary>
    public const int FrameworkTagCombinationsMax = 200;

    /// <summary>
    /// What an execution may take on its caller's thread, while a slot is free: waking another thread and coming back
    /// takes tens of microseconds, and threads of the pool must not be kept from sockets and timers.
    /// </summary>
    public static readonly TimeSpan CallersThreadTimeMax = TimeSpan.FromMicroseconds(200);

    /// <summary>Images of one <c>/api/score</c> request.</summary>
    public const int ImagesPerRequestMax = 1_024;

    /// <summary>Bytes of one encoded image.</summary>
    public const int ImageBytesMax = 64 << 20;

    /// <summary>Pixels of one decoded image: beyond it a small file is taken for a decompression bomb.</summary>
    public const long ImagePixelsMax = 64L << 20;

    /// <summary>Characters of a model's <c>scoring.json</c>.</summary>
    public const int ManifestLengthMax = 16 << 20;

    /// <summary>Characters of a class's, column's or tensor's name in a manifest.</summary>
    public const int ManifestNameLengthMax = 256;

    /// <summary>Classes of one model.</summary>
    public const int ManifestClassesMax = 65_536;

    /// <summary>Columns of one model's table.</summary>
    public const int ManifestColumnsMax = 65_536;

    /// <summary>Height and width of the image that a model takes.</summary>
    public const int ManifestImageSideMax = 16_384;

    /// <summary>Bins of a baseline's histograms.</summary>
    public const int ManifestBinsMax = 1_024;

    /// <summary>Bytes of a model's constants that its file writes as repeated values or zeros.</summary>
    public const long UnfoldedConstantBytesMax = 256L << 20;

    /// <summary>Nodes of a signature's flattened graph.</summary>
    public const int GraphNodesMax = 1_000_000;

    /// <summary>How deep functions may call functions.</summary>
    public const int FunctionDepthMax = 256;

    /// <summary>Jobs that a cluster holds unfinished at a time.</summary>
    public const int JobsUnfinishedMax = 1_000;

    /// <summary>Inputs of one job.</summary>
    public const long JobInputsMax = 1L << 32;
}
