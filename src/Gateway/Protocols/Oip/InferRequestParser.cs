using System.Text.Json;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>A request that fits its model: named tensors for a signature. Owns the tensors until they are
/// taken.</summary>
internal sealed record ParsedRequest(InferRequest Request, ModelSignature Signature, List<Tensor> Inputs, int Rows);

/// <summary>Bodies of inference requests, JSON with or without binary tensors behind it, into tensors.</summary>
internal static class InferRequestParser
{
    /// <param name="jsonLength">Bytes of the JSON part; null where the whole body is JSON, 0 for one raw
    /// tensor.</param>
    public static (ParsedRequest? Parsed, ScoringFault? Fault) Parse(
        ReadOnlySpan<byte> body, long? jsonLength, ModelRoute route)
    {
        // :: Step 2: Parse into named tensors in pooled blocks, collecting everything that is wrong.
        if (jsonLength < 0 || jsonLength > body.Length)
        {
            return (null,
                Invalid($"Inference-Header-Content-Length is {jsonLength}, the body has {body.Length} bytes."));
        }

        if (jsonLength == 0)
        {
            return ParseRaw(body, route);
        }

        var violations = new List<FaultViolation>();
        InferRequest request;
        try
        {
            request = InferHeaderReader.Read(body[..(int)(jsonLength ?? body.Length)], violations);
        }
        catch (JsonException e)
        {
            return (null, Invalid($"The request is not JSON: {e.Message}"));
        }

        var (signature, fault) = route.Signature(request.Signature);
        if (signature is null)
        {
            return (null, fault);
        }

        // Names, types and shapes first: data is read only for tensors that the model wants.
        var rows = CheckHeader(request, signature, violations);
        var inputs = violations.Count == 0 ? ReadData(body, jsonLength, request, violations) : [];
        if (violations.Count == 0)
        {
            return (new ParsedRequest(request, signature, inputs, rows), null);
        }

        inputs.ForEach(input => input.Dispose());
        return (null, ScoringFault.Invalid(violations.Count <= Limits.ViolationsListedMax
            ? violations
            : [.. violations.Take(Limits.ViolationsListedMax),
                new("…", $"and {violations.Count - Limits.ViolationsListedMax} more")]));
    }

    private static int CheckHeader(InferRequest request, ModelSignature signature, List<FaultViolation> violations)
    {
        var readable = true;
        foreach (var (input, i) in request.Inputs.Select((input, i) => (input, i)))
        {
            var at = input.Name.Length > 0 ? $"inputs[{input.Name}]" : $"inputs[{i}]";
            if (input.Name.Length == 0)
            {
                violations.Add(new($"{at}.name", "missing"));
            }

            if (input.DataType is null || !ElementTypes.TryParseProtocolName(input.DataType, out var type))
            {
                violations.Add(
                    new($"{at}.datatype", input.DataType is null ? "missing"
                    : $"'{input.DataType}' is no type of the protocol"));
                readable = false;
                continue;
            }

            if (input.Shape is null)
            {
                violations.Add(new($"{at}.shape", "missing"));
                readable = false;
                continue;
            }

            if (input.DataAt < 0 == input.BinarySize is null)
            {
                violations.Add(
                    new($"{at}.data", input.DataAt < 0 ? "missing" : "given twice: as JSON and as binary_data_size"));
            }

            input.Spec = new TensorSpec(input.Name, type, TensorShape.Of(input.Shape));
        }

        SignatureCheck.CheckOutputs(signature, request.Outputs.Select(o => o.Name), violations);
        return readable ? SignatureCheck.Check(signature, [.. request.Inputs.Select(i => i.Spec!)], violations) : 1;
    }

    private static List<Tensor> ReadData(
        ReadOnlySpan<byte> body, long? jsonLength, InferRequest request, List<FaultViolation> violations)
    {
        var tensors = new List<Tensor>();
        var json = body[..(int)(jsonLength ?? body.Length)];
        var binary = body[json.Length..];
        foreach (var input in request.Inputs)
        {
            Tensor? tensor;
            if (input.BinarySize is { } size)
            {
                if (size > binary.Length)
                {
                    violations.Add(
                        new($"inputs[{input.Name}]",
                        $"expected {size} bytes of binary data, the body has {binary.Length} left"));
                    return tensors;
                }

                tensor = BinaryTensorReader.Read(binary[..(int)size], input.Spec!, violations);
                binary = binary[(int)size..];
            }
            else
            {
                tensor = JsonTensorReader.Read(json[input.DataAt..], input.Spec!, violations);
            }

            if (tensor is not null)
            {
                tensors.Add(tensor);
            }
        }

        if (binary.Length > 0 && violations.Count == 0)
        {
            violations.Add(new("inputs", $"{binary.Length} bytes of binary data belong to no input"));
        }

        return tensors;
    }

    /// <summary>The whole body is the one input: one row, at most one dimension that varies.</summary>
    private static (ParsedRequest? Parsed, ScoringFault? Fault) ParseRaw(ReadOnlySpan<byte> body, ModelRoute route)
    {
        var (signature, fault) = route.Signature(null);
        if (signature is null)
        {
            return (null, fault);
        }

        var spec = signature.Inputs.Length == 1 ? signature.Inputs[0] : null;
        if (spec is null || !spec.Shape.HasRank || spec.Type == ElementType.Bytes
            || !spec.Shape.TryGetRowElements(out var elements)
            || elements == 0 || body.Length % (elements * spec.Type.Size()) != 0)
        {
            return (null,
                Invalid($"A raw body of {body.Length} bytes is not a whole number of rows of the inputs "
                + $"{string.Join(", ", signature.Inputs)}."));
        }

        var rows = body.Length / (elements * spec.Type.Size());
        var violations = new List<FaultViolation>();
        var actual = spec with { Shape = spec.Shape.WithRows(rows) };
        var count = SignatureCheck.Check(signature, [actual], violations);
        return violations.Count > 0
            ? (null, ScoringFault.Invalid(violations))
            : (new ParsedRequest(
                new InferRequest { BinaryOutputs = true }, signature,
                [Tensor.Copy(TensorBlockPool.Shared, actual.Name, actual.Type, actual.Shape, body)], count), null);
    }

    private static ScoringFault Invalid(string message) => new(FaultKind.RequestInvalid, message);
}
