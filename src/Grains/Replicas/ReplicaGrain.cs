using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Placement;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Grains.Replicas;

/// <summary>
/// One version on one device, as an address. The grain admits, leases and answers; the silo's <see cref="ReplicaHost"/>
/// holds the model, so that an activation may come and go.
/// </summary>
[SiloPinnedPlacement, Immovable, KeepAlive]
internal sealed class ReplicaGrain(ReplicaHost host, ILocalSiloDetails silo) : Grain, IReplicaGrain
{
    private ReplicaReport _report = null!;

    private ReplicaKey Key => _report.Replica;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = ReplicaKey.Parse(this.GetPrimaryKeyString());
        if (key.Silo != silo.Name)
        {
            throw new SiloNotFoundException($"Replica {key} was activated on silo '{silo.Name}'.");
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

    public async Task<ScoreAnswer> Score(ScoreCommand command, CancellationToken cancellationToken)
    {
        // :: Step 4: Admit what can run here and now; everything else is a fault at once.
        using var lease = host.TryLease(Key.Device, Key.Model);
        var fault = Admission.Check(Key, lease?.Model, command, out var signature);
        if (fault is not null)
        {
            Return(command.Inputs);
            return new ScoreAnswer { Replica = Key, Fault = fault };
        }

        // :: Step 5: Lease the model for the time of the call: an old version stays until its last lease is returned.
        var model = lease!.Model;
        var outcome = await model.ScoreAsync(Request(command, signature!), cancellationToken);

        // :: Step 8: Answer with the wanted outputs in the signature's order, and what they cost.
        return new ScoreAnswer
        {
            Replica = Key,
            Fault = outcome.Fault,
            Outputs = Wanted(command, outcome.Outputs),
            Engine = model.Engine,
            Queued = outcome.Queued,
            Computed = outcome.Computed,
            BatchRows = outcome.BatchRows,
            QueuedSeconds = model.QueuedSeconds,
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

    private static BatchRequest Request(ScoreCommand command, ModelSignature signature) => new()
    {
        Signature = signature,
        Inputs = [.. signature.Inputs.Select(spec => command.Inputs.First(t => t.Name == spec.Name))],
        Rows = command.Rows,
        Lane = command.Lane,
        TimeLeft = command.TimeLeft,
        Trace = Activity.Current?.Context ?? default,
    };

    private static ImmutableArray<Tensor> Wanted(ScoreCommand command, IReadOnlyList<Tensor> outputs)
    {
        if (command.Outputs.IsDefaultOrEmpty)
        {
            return [.. outputs];
        }

        Return(outputs.Where(output => !command.Outputs.Contains(output.Name)));
        return [.. outputs.Where(output => command.Outputs.Contains(output.Name))];
    }

    private static void Return(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }
}
