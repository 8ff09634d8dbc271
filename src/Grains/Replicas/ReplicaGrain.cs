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
    private long _epoch;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = ReplicaKey.Parse(this.GetPrimaryKeyString());
        if (key.Silo != silo.Name)
        {
            throw new SiloNotFoundException($"Replica {key} was activated on silo '{silo.Name}'.");
        }

        _report = new ReplicaReport { Replica = key, State = ReplicaState.Absent };
        using var lease = host.TryLease(key.Device, key.Model);
        if (lease is not null)
        {
            // The activation is new, the model is not: it went on serving in the host.
            _report = Ready(lease.Model);
        }

        return Task.CompletedTask;
    }

    public async Task<ReplicaReport> Load(LoadCommand command, CancellationToken cancellationToken)
    {
        if (command.Epoch < _epoch)
        {
            return _report;
        }

        _epoch = command.Epoch;
        _report = _report with
        {
            State = _report.State == ReplicaState.Ready ? ReplicaState.Ready
            : ReplicaState.Loading,
            Epoch = _epoch
        };
        try
        {
            _report = Ready(await host.LoadAsync(_report.Replica.Device, _report.Replica.Model, cancellationToken));
        }
        catch (ModelLoadException e)
        {
            _report = _report with { State = ReplicaState.Failed, Failure = e.Message };
        }

        return _report;
    }

    public async Task<ReplicaReport> Unload(LoadCommand command, CancellationToken cancellationToken)
    {
        if (command.Epoch < _epoch)
        {
            return _report;
        }

        _epoch = command.Epoch;
        _report = _report with { State = ReplicaState.Draining, Epoch = _epoch };
        await host.UnloadAsync(_report.Replica.Device, _report.Replica.Model, cancellationToken);
        return _report = new ReplicaReport { Replica = _report.Replica, State = ReplicaState.Absent, Epoch = _epoch };
    }

    public Task<ReplicaReport> GetReport() => Task.FromResult(_report);

    public async Task<ScoreAnswer> Score(ScoreCommand command, CancellationToken cancellationToken)
    {
        // :: Step 4: Admit what can run here and now; everything else is a fault at once.
        using var lease = host.TryLease(_report.Replica.Device, _report.Replica.Model);
        var fault = Admit(command, lease?.Model, out var signature);
        if (fault is not null)
        {
            Return(command.Inputs);
            return new ScoreAnswer { Replica = _report.Replica, Fault = fault };
        }

        // :: Step 5: Lease the model for the time of the call: an old version stays until its last lease is returned.
        var model = lease!.Model;
        var outcome = await model.ScoreAsync(Request(command, signature!), cancellationToken);

        // :: Step 8: Answer with the wanted outputs in the signature's order, and what they cost.
        return new ScoreAnswer
        {
            Replica = _report.Replica,
            Fault = outcome.Fault,
            Outputs = Wanted(command, outcome.Outputs),
            Engine = model.Engine,
            Queued = outcome.Queued,
            Computed = outcome.Computed,
            BatchRows = outcome.BatchRows,
            QueuedSeconds = model.QueuedSeconds,
        };
    }

    private ScoringFault? Admit(ScoreCommand command, LoadedModel? model, out ModelSignature? signature)
    {
        signature = model?.FindSignature(command.Signature);
        if (model is null)
        {
            return new ScoringFault(FaultKind.ReplicaGone, $"{_report.Replica} is not loaded.");
        }

        if (command.TimeLeft <= TimeSpan.Zero && command.TimeLeft != Timeout.InfiniteTimeSpan)
        {
            return new ScoringFault(
                FaultKind.DeadlineExceeded, "The deadline passed before the rows reached the replica.");
        }

        if (signature is null)
        {
            return new ScoringFault(
                FaultKind.RequestInvalid, model.Refused.TryGetValue(command.Signature, out var reason)
                ? $"Signature '{command.Signature}' is not served: {reason}"
                : $"Model {model.Model} has no signature '{command.Signature}'; it has "
                    + $"{string.Join(", ", model.Signatures.Select(s => s.Name))}.");
        }

        var violations = new List<FaultViolation>();
        var rows = SignatureCheck
            .Check(signature, [.. command.Inputs.Select(t => new TensorSpec(t.Name, t.Type, t.Shape))], violations);
        if (violations.Count == 0 && rows != command.Rows)
        {
            violations.Add(new("rows", $"expected {rows}, got {command.Rows}"));
        }

        return violations.Count == 0 ? null : ScoringFault.Invalid(violations);
    }

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

    private ReplicaReport Ready(LoadedModel model) => new()
    {
        Replica = _report.Replica,
        State = ReplicaState.Ready,
        Epoch = _epoch,
        Signatures = [.. model.Signatures],
        Refused = model.Refused.ToImmutableDictionary(),
        Engine = model.Engine,
        EngineReason = model.EngineReason,
        Digest = model.Digest,
        ManifestJson = model.ManifestJson,
        BatchRowsMax = model.BatchRowsMax,
        MemoryBytes = model.MemoryBytes,
        LoadTime = model.LoadTime,
    };

    private static void Return(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }
}
