using Orleans.Placement;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Grains.Replicas;

/// <summary>
/// One version on one device, as an address. The silo's <see cref="ReplicaHost"/> holds the model, so that an
/// activation may come and go, and <see cref="LocalReplicas"/> scores, for a gateway in the same process too.
/// </summary>
[SiloPinnedPlacement, Immovable, KeepAlive]
internal sealed class ReplicaGrain(ReplicaHost host, ILocalReplicas local) : Grain, IReplicaGrain
{
    private ReplicaReport _report = null!;

    private ReplicaKey Key => _report.Replica;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = ReplicaKey.Parse(this.GetPrimaryKeyString());
        if (key.Silo != local.Silo)
        {
            throw new SiloNotFoundException($"Replica {key} was activated on silo '{local.Silo}'.");
        }

        // The activation may be new while the model is not: it went on serving in the host.
        using var lease = host.TryLease(key.Device, key.Model);
        _report = lease is null ? ReplicaReports.Absent(key, epoch: 0) : ReplicaReports.Ready(key, 0, lease.Model);
        return Task.CompletedTask;
    }

    public async Task<ReplicaReport> Load(LoadCommand command, CancellationToken cancellationToken)
    {
        if (command.Epoch < _report.Epoch)
        {
            return _report;
        }

        _report = _report.State == ReplicaState.Ready
            ? _report with { Epoch = command.Epoch }
            : ReplicaReports.Absent(Key, command.Epoch) with { State = ReplicaState.Loading };
        return Conclude(command.Epoch, await LoadAsync(command.Epoch, cancellationToken));
    }

    public async Task<ReplicaReport> Unload(LoadCommand command, CancellationToken cancellationToken)
    {
        if (command.Epoch < _report.Epoch)
        {
            return _report;
        }

        _report = _report with { State = ReplicaState.Draining, Epoch = command.Epoch };
        try
        {
            await host.UnloadAsync(Key.Device, Key.Model, cancellationToken);
        }
        catch (ModelLoadException)
        {
            // It was still loading and failed: there is nothing to unload.
        }

        return Conclude(command.Epoch, ReplicaReports.Absent(Key, command.Epoch));
    }

    public Task<ReplicaReport> GetReport() => Task.FromResult(_report);

    public Task<BatchingReport?> GetBatching()
    {
        using var lease = host.TryLease(Key.Device, Key.Model);
        return Task.FromResult(lease?.Model.Batching);
    }

    public async Task<ScoreAnswer> Score(ScoreCommand command, CancellationToken cancellationToken) =>
        Sendable(await local.ScoreAsync(Key, command, cancellationToken), command.Rows);

    /// <summary>The answer, if it fits into a message: a larger one is dropped, and its caller would wait for it until
    /// its deadline.</summary>
    internal static ScoreAnswer Sendable(ScoreAnswer answer, int rows)
    {
        var bytes = answer.Outputs.Sum(output => (long)output.ByteLength);
        if (bytes <= Limits.MessageTensorBytesMax)
        {
            return answer;
        }

        foreach (var output in answer.Outputs)
        {
            output.Dispose();
        }

        return new ScoreAnswer
        {
            Replica = answer.Replica,
            Fault = new ScoringFault(
                FaultKind.RequestTooLarge,
                $"The answer to {rows} rows has {bytes} bytes; {Limits.MessageTensorBytesMax} fit into a message "
                    + "between processes: send fewer rows."),
        };
    }

    private async Task<ReplicaReport> LoadAsync(long epoch, CancellationToken cancellationToken)
    {
        try
        {
            return ReplicaReports.Ready(Key, epoch, await host.LoadAsync(Key.Device, Key.Model, cancellationToken));
        }
        catch (ModelLoadException e)
        {
            return ReplicaReports.Absent(Key, epoch) with { State = ReplicaState.Failed, Failure = e.Message };
        }
    }

    /// <summary>Orders interleave: what an older one comes to later than a younger one does not count.</summary>
    private ReplicaReport Conclude(long epoch, ReplicaReport report) =>
        _report.Epoch == epoch ? _report = report : _report;
}
