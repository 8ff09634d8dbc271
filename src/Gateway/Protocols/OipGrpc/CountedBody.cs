using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Gateway.Protocols.OipGrpc;

/// <summary>
/// The body of a gRPC call, whose bytes are counted as they arrive: the framework gathers a whole message before it
/// asks anybody. Where the gateway holds as many as it may, reading fails with the fault's status, which ends the call.
/// </summary>
internal sealed class CountedBody(PipeReader body, HeldBytes held, CallScope call) : PipeReader, IRequestBodyPipeFeature
{
    public PipeReader Reader => this;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        Counted(await body.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        var any = body.TryRead(out result);
        if (any)
        {
            Counted(result);
        }

        return any;
    }

    public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        body.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);

    /// <summary>Nothing is consumed before the message is whole: what is there now is what has arrived.</summary>
    private ReadResult Counted(ReadResult result)
    {
        if (held.Hold(result.Buffer.Length) is not { } full)
        {
            return result;
        }

        body.AdvanceTo(result.Buffer.End);
        call.Note(full);
        throw GrpcFaults.ToException(full);
    }
}
