using System.Diagnostics;
using ScoringCluster.Archive.Inputs;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Rows;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Archive.Shards;

/// <summary>
/// One attempt at one shard: reads and preprocesses its rows in order, scores every run of B good rows as a batch of
/// its own (unless the job is not deterministic), and commits. While batches are scored the next one is read.
/// </summary>
internal sealed class ShardAttempt(
    JobFolder folder, JobPins pins, PinnedInputs pinned, ShardRunnerSetup setup, TimeProvider time)
{
    private const int BatchesInFlight = 2;
    private const int ReadsMax = 5;
    private static readonly TimeSpan _readPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _overloadPause = TimeSpan.FromMilliseconds(50);

    private readonly IRowCodec _codec = setup.Codec;
    private ActivityContext _trace;

    public async Task<(Receipt? Receipt, ScoringFault? Fault)> RunAsync(
        ShardClaim claim, CancellationToken cancellationToken)
    {
        using var span = ArchiveTrace.StartShard(pins.Job, claim.Shard);
        _trace = span?.Context ?? default;
        var started = time.GetUtcNow();
        var shard = JobReader.PlanOf(pins)[claim.Shard];
        var inputs = await pinned.ReadAsync(shard.FirstRow, shard.Rows, cancellationToken);
        if (inputs is null)
        {
            return (null, JobFaults.OtherInputs(folder, pins));
        }

        var rows = new ShardRows(inputs, pins.Classes);
        if (await ScoreAsync(rows, cancellationToken) is { } fault)
        {
            return (null, fault);
        }

        folder.Reach(JobStep.ShardScored);
        var draft = new Receipt
        {
            Job = pins.Job,
            ModelDigest = pins.ModelDigest,
            InputsSha256 = pins.InputsSha256,
            Shard = shard.Index,
            FirstRow = shard.FirstRow,
            Rows = shard.Rows,
            Scored = rows.Count - rows.Bad,
            Bad = rows.Bad,
            Files = [],
            Attempt = claim.Epoch,
            Replica = setup.Replica,
            Execution = setup.Execution,
            Started = started,
            Committed = started,
        };
        var scores = await ShardFiles.ScoresAsync(rows, cancellationToken);
        var errors = await ShardFiles.ErrorsAsync(rows, cancellationToken);
        return await CommitAsync(draft, scores, errors, cancellationToken);
    }

    private async Task<(Receipt? Receipt, ScoringFault? Fault)> CommitAsync(
        Receipt draft, byte[] scores, byte[]? errors, CancellationToken cancellationToken)
    {
        try
        {
            return await ShardCommit.CommitAsync(folder, draft, scores, errors, time, cancellationToken);
        }
        catch (Exception exception) when (JobFaults.IsExpected(exception))
        {
            return (null, JobFaults.Of(folder, exception));
        }
    }

    private async Task<ScoringFault?> ScoreAsync(ShardRows rows, CancellationToken cancellationToken)
    {
        using var files = new FileRows(pins.Input);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<Task<ScoringFault?>>();
        ScoringFault? fault = null;
        var next = 0;
        try
        {
            while (fault is null && next < rows.Count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (batch, end) = await ReadBatchAsync(files, rows, next, cancellationToken);
                next = end;
                if (batch.Rows.Count > 0)
                {
                    running.Enqueue(ScoreBatchAsync(rows, batch, stop.Token));
                }

                if (running.Count >= BatchesInFlight)
                {
                    fault = await running.Dequeue();
                }
            }

            while (fault is null && running.TryDequeue(out var last))
            {
                fault = await last;
            }

            return fault;
        }
        catch (InputFailedException exception)
        {
            return new ScoringFault(FaultKind.InputUnreadable, exception.Message);
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The next B good rows; bad ones on the way are marked and take no place.</summary>
    private async Task<(Batch Batch, int Next)> ReadBatchAsync(
        FileRows files, ShardRows rows, int next, CancellationToken cancellationToken)
    {
        var batch = new Batch(TensorBlockPool.Shared.Rent(checked(_codec.RowBytes * pins.BatchRows)), []);
        try
        {
            while (batch.Rows.Count < pins.BatchRows && next < rows.Count)
            {
                await FillAsync(files, rows, batch, next++, cancellationToken);
            }
        }
        catch
        {
            batch.Block.Dispose();
            throw;
        }

        if (batch.Rows.Count == 0)
        {
            batch.Block.Dispose();
        }

        return (batch, next);
    }

    /// <summary>
    /// A file that the system fails to read is no bad row: it is read again a few times, and then the attempt ends.
    /// </summary>
    private async Task FillAsync(
        FileRows files, ShardRows rows, Batch batch, int row, CancellationToken cancellationToken)
    {
        var pause = _readPause;
        for (var tries = 1; ; tries++)
        {
            try
            {
                Fill(files, rows, batch, row);
                return;
            }
            catch (IOException exception)
            {
                if (tries == ReadsMax)
                {
                    throw new InputFailedException(
                        $"'{Path.Combine(pins.Input, rows.Input(row).Path)}' cannot be read: {exception.Message}",
                        exception);
                }
            }

            await Task.Delay(pause, time, cancellationToken);
            pause *= 2;
        }
    }

    private void Fill(FileRows files, ShardRows rows, Batch batch, int row)
    {
        var place = batch.Block.Span(_codec.RowBytes * pins.BatchRows)
            .Slice(batch.Rows.Count * _codec.RowBytes, _codec.RowBytes);
        var fault = files.Read(rows.Input(row), out var bytes, out var sha256);
        fault ??= _codec.Encode(bytes, place);
        if (fault is not null)
        {
            rows.SetFault(row, fault);
            return;
        }

        rows.SetHash(row, sha256);
        batch.Rows.Add(row);
    }

    /// <param name="again">The model failed on a row among these.</param>
    private async Task<ScoringFault?> ScoreBatchAsync(
        ShardRows rows, Batch batch, CancellationToken cancellationToken, bool again = false)
    {
        while (true)
        {
            var outcome = await setup.Scorer.ScoreAsync(Request(batch, again), cancellationToken);
            switch (outcome.Fault)
            {
                case null:
                    return Take(rows, batch, outcome);
                case { Kind: FaultKind.ModelFailed } fault when batch.Rows.Count == 1:
                    rows.SetFault(batch.Rows[0], fault);
                    return null;
                case { Kind: FaultKind.ModelFailed }:
                    return await HalveAsync(rows, batch, cancellationToken);
                case { Kind: FaultKind.Overloaded } fault:
                    await Task.Delay(fault.RetryAfter ?? _overloadPause, time, cancellationToken);
                    batch = await AgainAsync(rows, batch.Rows, cancellationToken);
                    break;
                case var fault:
                    return fault;
            }

            if (batch.Rows.Count == 0)
            {
                batch.Block.Dispose();
                return null;
            }
        }
    }

    /// <summary>The model failed on some row: halves run on their own until the bad rows stand alone.</summary>
    private async Task<ScoringFault?> HalveAsync(ShardRows rows, Batch batch, CancellationToken cancellationToken)
    {
        var middle = batch.Rows.Count / 2;
        foreach (var half in (List<int>[])[batch.Rows[..middle], batch.Rows[middle..]])
        {
            var again = await AgainAsync(rows, half, cancellationToken);
            if (again.Rows.Count == 0)
            {
                again.Block.Dispose();
            }
            else if (await ScoreBatchAsync(rows, again, cancellationToken, again: true) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>Reads rows once more: their tensors went with the first try.</summary>
    private async Task<Batch> AgainAsync(ShardRows rows, List<int> indexes, CancellationToken cancellationToken)
    {
        using var files = new FileRows(pins.Input);
        var batch = new Batch(TensorBlockPool.Shared.Rent(checked(_codec.RowBytes * pins.BatchRows)), []);
        try
        {
            foreach (var row in indexes)
            {
                await FillAsync(files, rows, batch, row, cancellationToken);
            }
        }
        catch
        {
            batch.Block.Dispose();
            throw;
        }

        return batch;
    }

    /// <summary>Rows of a job that is not deterministic may fill what room online batches leave, but not if one of them
    /// has failed: it would make other callers' rows run again.</summary>
    private BatchRequest Request(Batch batch, bool again) => new()
    {
        Signature = _codec.Signature,
        Inputs =
        [
            new Tensor(_codec.Input.Name, _codec.Input.Type, _codec.Input.Shape.WithRows(batch.Rows.Count), batch.Block,
                batch.Rows.Count * _codec.RowBytes),
        ],
        Rows = batch.Rows.Count,
        Lane = Lane.Archive,
        Exclusive = pins.Deterministic || again,
        PadToRows = pins.Deterministic ? pins.BatchRows : 0,
        Trace = _trace,
    };

    private ScoringFault? Take(ShardRows rows, Batch batch, BatchOutcome outcome)
    {
        try
        {
            for (var i = 0; i < batch.Rows.Count; i++)
            {
                var row = batch.Rows[i];
                if (_codec.Decode(outcome.Outputs, i, rows.Scores(row), out var predicted) is { } fault)
                {
                    rows.SetFault(row, fault);
                    continue;
                }

                rows.SetClass(row, predicted);
            }

            return null;
        }
        finally
        {
            foreach (var output in outcome.Outputs)
            {
                output.Dispose();
            }
        }
    }

    /// <summary>Leaves the nested batches; caught in this class.</summary>
    private sealed class InputFailedException(string message, Exception inner) : Exception(message, inner);

    private sealed record Batch(TensorBlock Block, List<int> Rows);
}
