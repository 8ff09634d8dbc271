using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Verification;

namespace ScoringCluster.Cli.Verify;

/// <summary>How a call of a case went; ordered from good to bad.</summary>
internal enum CallStatus
{
    Ok,

    /// <summary>The engine says that it cannot run it.</summary>
    Refused,
    Fail,
}

/// <summary>One call of a case.</summary>
/// <param name="Refused">True where the engine refused, also when that is ok.</param>
internal sealed record CallResult(
    string Case, int Call, string Engine, CallStatus Status, double? MaxAbsoluteError, string? Reason, bool Refused);

/// <summary>Runs the calls of golden cases.</summary>
internal sealed class CaseVerifier(bool expectEmbedded, string? dump)
{
    private readonly OnnxRuntimeEngine _engine = new();

    public IReadOnlyList<CallResult> Verify(GoldenCase golden, CancellationToken cancellationToken)
    {
        IModel model;
        try
        {
            var reference = new ModelRef(ModelRef.IsName(golden.Name) ? golden.Name : "case", 1);
            model = _engine.Load(
                new ModelLoadRequest(golden.SavedModel, reference, DeviceId.Cpu(0), 1, 1, Tags: golden.Tags),
                cancellationToken);
        }
        catch (ModelLoadException e)
        {
            return
            [
                .. golden.Calls.Select(call => e.Refused
                    ? Refuse(golden, call, e.Message)
                    : Result(golden, call, CallStatus.Fail, null, e.Message)),
            ];
        }

        using (model)
        {
            return [.. golden.Calls.Select(call => Run(model, golden, call))];
        }
    }

    private CallResult Run(IModel model, GoldenCase golden, GoldenCall call)
    {
        if (model.Refused.TryGetValue(call.Signature, out var reason))
        {
            return Refuse(golden, call, reason);
        }

        if (model.Signatures.FirstOrDefault(s => s.Name == call.Signature) is not { } signature)
        {
            return Result(golden, call, CallStatus.Fail, null, $"the model has no signature '{call.Signature}'");
        }

        var inputs = new List<Tensor>();
        var outputs = new Tensor?[signature.Outputs.Length];
        try
        {
            foreach (var spec in signature.Inputs)
            {
                var recorded = call.Inputs.FirstOrDefault(t => t.Name == spec.Name)
                    ?? throw new InvalidDataException(
                        $"{golden.Folder}: call {call.Index} has no input '{spec.Name}'.");
                inputs.Add(golden.ReadTensor(recorded));
            }

            return model.Execute(signature, 0, [.. inputs], outputs) is { } fault
                ? Result(golden, call, CallStatus.Fail, null, fault.ToString())
                : Compare(golden, call, outputs);
        }
        finally
        {
            inputs.ForEach(input => input.Dispose());
            Array.ForEach(outputs, output => output?.Dispose());
        }
    }

    private CallResult Compare(GoldenCase golden, GoldenCall call, Tensor?[] outputs)
    {
        var worst = 0.0;
        string? mismatch = null;
        foreach (var recorded in call.Outputs)
        {
            if (Array.Find(outputs, o => o!.Name == recorded.Name) is not { } actual)
            {
                return Result(golden, call, CallStatus.Fail, null, $"the model has no output '{recorded.Name}'");
            }

            Dump(golden, recorded, actual);
            using var expected = golden.ReadTensor(recorded);
            var comparison = GoldenComparison.Compare(actual, expected, call.Rtol, call.Atol);
            worst = Math.Max(worst, comparison.MaxAbsoluteError);
            mismatch ??= comparison.Mismatch;
        }

        // A case that must be refused and runs shows a wrong expectation, or a wrong engine.
        return expectEmbedded && golden.ExpectationOf(call.Signature) == Expectation.MustRefuse
            ? Result(golden, call, CallStatus.Fail, worst, "the case expects a refusal, and the call ran")
            : Result(golden, call, mismatch is null ? CallStatus.Ok : CallStatus.Fail, worst, mismatch);
    }

    private CallResult Refuse(GoldenCase golden, GoldenCall call, string reason)
    {
        var allowed = expectEmbedded && golden.ExpectationOf(call.Signature) != Expectation.Must;
        return Result(golden, call, allowed ? CallStatus.Ok : CallStatus.Refused, null, reason) with { Refused = true };
    }

    private CallResult Result(GoldenCase golden, GoldenCall call, CallStatus status, double? error, string? reason) =>
        new(golden.Name, call.Index, _engine.Name, status, error, reason, Refused: false);

    private void Dump(GoldenCase golden, GoldenTensor recorded, Tensor actual)
    {
        if (dump is not null)
        {
            var file = Path.Combine(dump, golden.Name, recorded.File);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, actual.Bytes.ToArray());
        }
    }
}
