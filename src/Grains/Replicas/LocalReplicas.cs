using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Grains.Replicas;

/// <summary>Scores on the models of this silo: admits, leases, answers.</summary>
internal sealed class LocalReplicas(ReplicaHost host, ILocalSiloDetails silo) : ILocalReplicas
{
    public string Silo => silo.Name;

    public async Task<ScoreAnswer> ScoreAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken)
    {
        // :: Step 4: Admit what can run here and now; everything else is a fault at once.
        using var lease = host.TryLease(replica.Device, replica.Model);
        var fault = Admission.Check(replica, lease?.Model, command, out var signature);
        if (fault is not null)
        {
            Return(command.Inputs);
            return new ScoreAnswer { Replica = replica, Fault = fault };
        }

        // :: Step 5: Lease the model for the time of the call: an old version stays until its last lease is returned.
        var model = lease!.Model;
        var outcome = await model.ScoreAsync(Request(command, signature!), cancellationToken);

        // :: Step 8: Answer with the wanted outputs in the signature's order, and what they cost.
        return new ScoreAnswer
        {
            Replica = replica,
            Fault = outcome.Fault,
            Outputs = Wanted(command, outcome.Outputs),
            Engine = model.Engine,
            Queued = outcome.Queued,
            Computed = outcome.Computed,
            BatchRows = outcome.BatchRows,
            QueuedSeconds = model.QueuedSeconds,
        };
    }

    private static BatchRequest Request(ScoreCommand command, ModelSignature signature) => new()
    {
        Signature = signature,
        Inputs = Ordered(command.Inputs, signature),
        Rows = command.Rows,
        Lane = command.Lane,
        Priority = command.Priority,
        TimeLeft = command.TimeLeft,

        // A grain's turns come one after the other, and its scheduler shows: the next must not wait for an execution.
        CallersThread = TaskScheduler.Current == TaskScheduler.Default,
        Trace = Activity.Current?.Context ?? default,
    };

    private static ImmutableArray<Tensor> Ordered(ImmutableArray<Tensor> tensors, ModelSignature signature)
    {
        if (signature.Inputs.Length == 1)
        {
            return tensors;
        }

        var ordered = new Tensor[signature.Inputs.Length];
        for (var i = 0; i < ordered.Length; i++)
        {
            foreach (var tensor in tensors)
            {
                if (tensor.Name == signature.Inputs[i].Name)
                {
                    ordered[i] = tensor;
                    break;
                }
            }
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(ordered);
    }

    private static ImmutableArray<Tensor> Wanted(ScoreCommand command, ImmutableArray<Tensor> outputs)
    {
        if (command.Outputs.IsDefaultOrEmpty)
        {
            return outputs;
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
