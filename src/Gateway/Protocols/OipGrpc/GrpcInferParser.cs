using ScoringCluster.Core;
using ScoringCluster.Gateway.Protocols.Oip;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Gateway.Protocols.OipGrpc;

/// <summary>A <c>ModelInferRequest</c> as a request of the protocol: the same target as the HTTP form's.</summary>
internal static class GrpcInferParser
{
    /// <param name="timeLeft">Until the call's deadline; null where it names none.</param>
    public static (ParsedRequest? Parsed, ScoringFault? Fault) Parse(
        ModelInferCall call, TimeSpan? timeLeft, ModelRoute route)
    {
        // :: Step 2: Parse into named tensors in pooled blocks, collecting everything that is wrong.
        var violations = new List<FaultViolation>();
        var request = new InferRequest { Id = call.Id.Length > 0 ? call.Id : null, Timeout = timeLeft };
        ReadParameters(call, request, violations);
        for (var i = 0; i < call.Inputs.Count; i++)
        {
            request.Inputs.Add(ReadInput(call, i, violations));
        }

        request.Outputs.AddRange(call.Outputs.Select(name => new InferOutput(name, Binary: true)));
        violations.AddRange(call.Classifications.Select(
            name => new FaultViolation($"outputs[{name}].parameters.classification", "is not supported")));
        if (call.Raw.Count > 0 && call.Raw.Count != call.Inputs.Count)
        {
            violations.Add(new(
                "raw_input_contents", $"one entry an input is expected, {call.Inputs.Count}, got {call.Raw.Count}"));
        }

        return InferRequestParser.Parse(request, route, violations);
    }

    private static void ReadParameters(ModelInferCall call, InferRequest request, List<FaultViolation> violations)
    {
        foreach (var (name, value) in call.Parameters)
        {
            switch (name)
            {
                case "signature_name" when value is string signature:
                    request.Signature = signature;
                    break;
                case "timeout" when Whole(value) is { } microseconds and > 0:
                    var asked = TimeSpan.FromMicroseconds(
                        Math.Min(microseconds, Limits.RequestTimeMax.TotalMicroseconds));
                    request.Timeout = request.Timeout is { } left && left < asked ? left : asked;
                    break;
                case "priority" when Whole(value) is >= 0 and <= int.MaxValue and var priority:
                    request.Priority = (int)priority;
                    break;
                case "priority":
                    violations.Add(new("parameters.priority", $"a whole number from 0 to {int.MaxValue} is expected"));
                    break;
                case "signature_name":
                    violations.Add(new("parameters.signature_name", "a text is expected"));
                    break;
                case "timeout":
                    violations.Add(new("parameters.timeout", "a positive whole number of microseconds is expected"));
                    break;
            }
        }
    }

    private static InferInput ReadInput(ModelInferCall call, int at, List<FaultViolation> violations)
    {
        var sent = call.Inputs[at];
        var field = sent.Name.Length > 0 ? $"inputs[{sent.Name}]" : $"inputs[{at}]";
        if (sent.Problem is not null)
        {
            violations.Add(new($"{field}.contents", sent.Problem));
        }

        if (call.Raw.Count > 0 && sent.Contents is not null)
        {
            violations.Add(new($"{field}.contents", "must not be given beside raw_input_contents"));
        }

        var wrong = sent.Shape.Find(dimension => dimension is < 0 or > int.MaxValue);
        if (wrong != 0)
        {
            violations.Add(new($"{field}.shape", $"a whole number from 0 to {int.MaxValue} is expected, got {wrong}"));
        }

        return new InferInput
        {
            Name = sent.Name,
            DataType = sent.DataType.Length > 0 ? sent.DataType : null,
            Shape = wrong == 0 ? [.. sent.Shape] : null,
            ShapeExplained = wrong != 0,
            Bytes = call.Raw.Count > 0 ? call.Raw.ElementAtOrDefault(at) : sent.Contents,
            DataExplained = call.Raw.Count > 0 || sent.HasContents,
        };
    }

    private static double? Whole(object value) => value switch
    {
        long number => number,
        ulong number => number,
        _ => null,
    };
}
