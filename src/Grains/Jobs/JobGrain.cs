using Microsoft.Extensions.Logging;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <inheritdoc cref="IJobGrain"/>
internal sealed partial class JobGrain(IJobModels models, TimeProvider time, ILogger<JobGrain> logger)
    : Grain, IJobGrain, IDisposable
{
    /// <summary>
    /// Runs of runners that end with a defect or a failing disk before a job that commits nothing is given up.
    /// </summary>
    private const int FailuresMax = 3;

    /// <summary>
    /// How often replicas are looked for and invited again; an invitation that is not needed costs nothing.
    /// </summary>
    private static readonly TimeSpan _inviteAgain = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _changed = NewSignal();
    private Task _pump = Task.CompletedTask;
    private JobTally? _tally;

    /// <summary>How the last driving ended; null while one goes on. The register may not know it yet.</summary>
    private JobStatus? _ended;
    private ScoringFault? _fatal;
    private bool _recount;
    private int _failures;
    private long _started;
    private long _scoredBefore;

    public Task<JobStatus> Drive(JobTicket ticket)
    {
        if (_pump.IsCompleted && !_stop.IsCancellationRequested)
        {
            DelayDeactivation(Timeout.InfiniteTimeSpan);
            Forget();
            _pump = PumpAsync(ticket);
        }

        return GetStatus(ticket);
    }

    public async Task<JobStatus> GetStatus(JobTicket ticket)
    {
        if (_ended is not null)
        {
            return _ended;
        }

        if (_tally?.ToProgress(time.GetUtcNow()) is not { } progress)
        {
            return await Task.Run(() => JobStatuses.ReadAsync(ticket, _stop.Token));
        }

        var seconds = time.GetElapsedTime(_started).TotalSeconds;
        var scored = progress.Scored + progress.Bad - _scoredBefore;
        return JobStatuses.With(JobStatuses.Of(ticket, JobState.Running), progress) with
        {
            RowsPerSecond = scored > 0 && seconds > 0 ? scored / seconds : 0,
        };
    }

    public Task ShardCommitted(ShardReport report)
    {
        _tally?.Add(report.Shard, report.Scored, report.Bad);
        _failures = 0;
        _changed.TrySetResult();
        return Task.CompletedTask;
    }

    public Task RunnerEnded(RunnerReport report)
    {
        _recount = true;
        if (report.Fault is { } fault)
        {
            LogRunnerEnded(this.GetPrimaryKeyString(), report.Replica, fault.Message);
            _failures += IsFailure(fault.Kind) ? 1 : 0;
            _fatal ??= (Passes(fault.Kind) || IsFailure(fault.Kind)) && _failures < FailuresMax ? null : fault;
        }

        _changed.TrySetResult();
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _pump.WaitAsync(cancellationToken).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public void Dispose() => _stop.Dispose();

    private async Task PumpAsync(JobTicket ticket)
    {
        // The call that starts the pump is answered at once; the pump goes on in turns of this grain.
        await Task.CompletedTask.ConfigureAwait(
            ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.ContinueOnCapturedContext);
        JobStatus status;
        try
        {
            status = await DriveAsync(ticket, new JobFolder(ticket.Output), _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception) when (JobFaults.IsExpected(exception))
        {
            status = await FailAsync(ticket, JobFaults.Of(new JobFolder(ticket.Output), exception));
        }
        catch (Exception exception)
        {
            LogDefect(ticket.JobId, exception);
            status = await FailAsync(ticket, new ScoringFault(FaultKind.Internal, exception.Message));
        }

        // Whoever asks from here on hears this, not what can be read from the folder while the register is told.
        _ended = status;
        _tally = null;
        LogEnded(ticket.JobId, status.State, status.RowsScored, status.RowsBad, status.Fault?.Message ?? "no fault");
        try
        {
            await GrainFactory.GetGrain<IJobsGrain>(IJobsGrain.Key).Ended(status);
        }
        catch (Exception exception)
        {
            // The register asks again when it resumes the job: the folder knows the end.
            LogDefect(ticket.JobId, exception);
        }

        DelayDeactivation(TimeSpan.Zero);
    }

    private async Task<JobStatus> DriveAsync(JobTicket ticket, JobFolder folder, CancellationToken cancellationToken)
    {
        var (pins, lost) = await JobReader.OpenAsync(folder, ticket.JobId, cancellationToken);
        if (pins is null)
        {
            return await FailAsync(ticket, lost!);
        }

        var (end, foreign) = await JobReader.ReadManifestAsync(folder, pins, cancellationToken);
        if (end is not null || foreign is not null)
        {
            return await Task.Run(() => JobStatuses.ReadAsync(ticket, cancellationToken), cancellationToken);
        }

        _tally = new JobTally(pins);
        if (await CountAsync(folder, pins, cancellationToken) is { } misfit)
        {
            return await FailAsync(ticket, misfit);
        }

        _started = time.GetTimestamp();
        var before = _tally.ToProgress(time.GetUtcNow());
        _scoredBefore = before.Scored + before.Bad;
        var fault = await RunAsync(ticket, folder, pins, cancellationToken);
        if (fault is null)
        {
            var finish = await Task.Run(
                () => new JobFinisher(time).FinishAsync(folder, pins, cancellationToken), cancellationToken);
            fault = finish.Fault;
            if (finish.Manifest is { } manifest)
            {
                return JobStatuses.Finished(await GetStatus(ticket), manifest);
            }
        }

        return await FailAsync(ticket, fault!);
    }

    /// <summary>Invites runners until every shard is committed, or something ends the job.</summary>
    private async Task<ScoringFault?> RunAsync(
        JobTicket ticket, JobFolder folder, JobPins pins, CancellationToken cancellationToken)
    {
        long? invited = null;
        while (!_tally!.IsComplete)
        {
            if (_fatal is not null)
            {
                return _fatal;
            }

            if (invited is not { } last || time.GetElapsedTime(last) >= _inviteAgain)
            {
                invited = time.GetTimestamp();
                if (await InviteAsync(ticket, pins, cancellationToken) is { } fault)
                {
                    return fault;
                }
            }

            await _changed.Task.WaitAsync(_inviteAgain, time, cancellationToken).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            cancellationToken.ThrowIfCancellationRequested();
            _changed = NewSignal();
            if (_recount)
            {
                _recount = false;
                if (await CountAsync(folder, pins, cancellationToken) is { } misfit)
                {
                    return misfit;
                }
            }

            var progress = _tally.ToProgress(time.GetUtcNow());
            await Task.Run(() => JobProgressFile.WriteAsync(folder, progress, cancellationToken), cancellationToken);
        }

        return null;
    }

    private async Task<ScoringFault?> InviteAsync(
        JobTicket ticket, JobPins pins, CancellationToken cancellationToken)
    {
        var table = await models.ReadAsync(cancellationToken);
        if (table.Entries.FirstOrDefault(entry => entry.Model == ticket.Model) is not { } entry)
        {
            return null;
        }

        if (entry.Ready is { } ready && ready.Digest.Length > 0 && ready.Digest != pins.ModelDigest)
        {
            return new ScoringFault(FaultKind.JobConflict,
                $"Model {ticket.Model} is not the one that job {ticket.JobId} pinned: digest {ready.Digest}, "
                + $"pinned {pins.ModelDigest}");
        }

        foreach (var replica in entry.Replicas.Where(replica => replica.State == ReplicaState.Ready))
        {
            try
            {
                await GrainFactory.GetGrain<IShardRunnerGrain>(replica.Replica.ToString()).Invite(ticket);
            }
            catch (Exception exception) when (
                exception is OrleansException or TimeoutException or SiloNotFoundException)
            {
                // Its silo went away; the others work on, and its claims are adopted.
                LogNotInvited(ticket.JobId, replica.Replica, exception.Message);
            }
        }

        return JobModelChoice.FailureOf(entry);
    }

    /// <returns>The fault of a receipt that is another job's.</returns>
    private async Task<ScoringFault?> CountAsync(JobFolder folder, JobPins pins, CancellationToken cancellationToken)
    {
        var missing = _tally!.Missing;
        var (receipts, fault) = await Task.Run(
            () => JobReader.ReadReceiptsAsync(folder, pins, missing, cancellationToken), cancellationToken);
        foreach (var receipt in receipts)
        {
            _tally.Add(receipt.Shard, receipt.Scored, receipt.Bad);
        }

        return fault;
    }

    private async Task<JobStatus> FailAsync(JobTicket ticket, ScoringFault fault) =>
        JobStatuses.Failed(await GetStatus(ticket), fault);

    /// <summary>What an earlier driving left, and what its runners said after its end, is not this one's.</summary>
    private void Forget()
    {
        _ended = null;
        _fatal = null;
        _recount = false;
        _failures = 0;
        _changed = NewSignal();
    }

    /// <summary>True for what another run or another replica may not meet again.</summary>
    private static bool Passes(FaultKind kind) => kind is FaultKind.ReplicaGone or FaultKind.ModelNotReady
        or FaultKind.Overloaded or FaultKind.Cancelled;

    /// <summary>True for what may pass, and ends a job that commits nothing in between if it comes again.</summary>
    private static bool IsFailure(FaultKind kind) => kind is FaultKind.Internal or FaultKind.InputUnreadable
        or FaultKind.OutputUnwritable;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
