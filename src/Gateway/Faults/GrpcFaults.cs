using System.Globalization;
using Grpc.Core;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Faults;

/// <summary>Faults as gRPC: the one place that knows which status each has.</summary>
internal static class GrpcFaults
{
    public static StatusCode StatusOf(FaultKind kind) => kind switch
    {
        FaultKind.ModelUnknown or FaultKind.VersionUnknown or FaultKind.JobUnknown => StatusCode.NotFound,
        FaultKind.RequestInvalid or FaultKind.InputUnreadable or FaultKind.OutputUnwritable =>
            StatusCode.InvalidArgument,
        FaultKind.RequestTooLarge => StatusCode.ResourceExhausted,
        FaultKind.PathRefused => StatusCode.PermissionDenied,
        FaultKind.JobConflict or FaultKind.ShardConflict => StatusCode.AlreadyExists,
        FaultKind.Overloaded or FaultKind.ModelNotReady or FaultKind.ReplicaGone => StatusCode.Unavailable,
        FaultKind.DeadlineExceeded => StatusCode.DeadlineExceeded,
        FaultKind.Cancelled => StatusCode.Cancelled,
        FaultKind.ModelFailed or FaultKind.Internal => StatusCode.Internal,
    };

    /// <summary>The kind of fault that a call ended with where the framework ended it.</summary>
    public static FaultKind KindOf(StatusCode status) => status switch
    {
        StatusCode.ResourceExhausted => FaultKind.RequestTooLarge,
        StatusCode.DeadlineExceeded => FaultKind.DeadlineExceeded,
        StatusCode.Cancelled => FaultKind.Cancelled,
        StatusCode.Unknown => FaultKind.Internal,

        // It says so of messages that are cut off, followed by others or encoded as nobody knows.
        _ => FaultKind.RequestInvalid,
    };

    /// <summary>The fault as a status, with the hint when to come back where the server is full.</summary>
    public static RpcException ToException(ScoringFault fault)
    {
        // :: Step 9: Translate the fault into a status, a sentence and a hint.
        var status = StatusOf(fault.Kind);
        var trailers = new Metadata();
        if (status == StatusCode.Unavailable)
        {
            var after = Math.Ceiling((fault.RetryAfter ?? TimeSpan.FromSeconds(1)).TotalMilliseconds);
            trailers.Add("grpc-retry-pushback-ms", Math.Max(1, (long)after).ToString(CultureInfo.InvariantCulture));
        }

        return ToException(status, fault.Message, trailers);
    }

    /// <summary>A status whose message is no longer than a header may be: names in it come from callers.</summary>
    public static RpcException ToException(StatusCode status, string message, Metadata? trailers = null)
    {
        var shortened = Shortened(message);
        return new RpcException(new Status(status, shortened), trailers ?? [], shortened);
    }

    private static string Shortened(string message)
    {
        const int ellipsisBytes = 9;
        var (bytes, length, end) = (0, 0, 0);
        foreach (var rune in message.EnumerateRunes())
        {
            bytes += rune.Value is >= ' ' and <= '~' and not '%' ? 1 : 3 * rune.Utf8SequenceLength;
            length += rune.Utf16SequenceLength;
            if (bytes <= Limits.GrpcStatusBytesMax - ellipsisBytes)
            {
                end = length;
            }
            else if (bytes > Limits.GrpcStatusBytesMax)
            {
                return $"{message.AsSpan(0, end)}…";
            }
        }

        return message;
    }
}
