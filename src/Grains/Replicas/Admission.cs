using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Grains.Replicas;

/// <summary>
/// What a replica refuses at once. Callers check too, but against a route table that may be older than the model.
/// </summary>
internal static class Admission
{
    /// <param name="model">Null where the replica holds no model.</param>
    /// <param name="signature">The signature that the command names; null where it does not exist.</param>
    /// <returns>Null where the rows may be queued.</returns>
    public static ScoringFault? Check(
        ReplicaKey replica, LoadedModel? model, ScoreCommand command, out ModelSignature? signature)
    {
        signature = model?.FindSignature(command.Signature);
        if (model is null)
        {
            return new ScoringFault(FaultKind.ReplicaGone, $"{replica} is not loaded.");
        }

        if (command.TimeLeft <= TimeSpan.Zero && command.TimeLeft != Timeout.InfiniteTimeSpan)
        {
            return new ScoringFault(
                FaultKind.DeadlineExceeded, "The deadline passed before the rows reached the replica.");
        }

        return signature is null ? NoSuch(command.Signature, model) : Fit(command, signature);
    }

    private static ScoringFault? Fit(ScoreCommand command, ModelSignature signature)
    {
        var violations = new List<FaultViolation>();
        if (!command.Outputs.IsDefaultOrEmpty)
        {
            SignatureCheck.CheckOutputs(signature, command.Outputs, violations);
        }

        var actual = new TensorSpec[command.Inputs.Length];
        for (var i = 0; i < actual.Length; i++)
        {
            actual[i] = new TensorSpec(command.Inputs[i].Name, command.Inputs[i].Type, command.Inputs[i].Shape);
        }

        var rows = SignatureCheck.Check(signature, actual, violations);
        if (violations.Count == 0 && rows != command.Rows)
        {
            violations.Add(new("rows", $"expected {rows}, got {command.Rows}"));
        }

        return violations.Count == 0 ? null : ScoringFault.Invalid(violations);
    }

    private static ScoringFault NoSuch(string name, LoadedModel model)
    {
        var there = string.Join(", ", model.Signatures.Select(s => s.Name));
        return new ScoringFault(FaultKind.RequestInvalid, model.Refused.TryGetValue(name, out var reason)
            ? $"Signature '{name}' of model {model.Model} is not served: {reason}"
            : $"Model {model.Model} has no signature '{name}'; it has {there}.");
    }
}
