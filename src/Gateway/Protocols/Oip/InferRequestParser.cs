using System.Text.Json;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>A request that fits its model. Owns the tensors until a score is asked for.</summary>
internal sealed record ParsedRequest(InferRequest Request, ModelSignature Signature, List<Tensor> Inputs, int Rows)
{
    /// <summary>The request for the router, which owns the tensors from there on.</summary>
    public ScoreWork Work(CallScope call, TensorBlockPool pool) => new(
        Signature,
        Inputs,
        [.. Request.Outputs.Select(output => output.Name)],
        Rows,
        () => call.TimeLeft(Request.Timeout),
        pool)
    {
        Priority = Request.Priority,
    };
}

/// <summary>Bodies of inference requests, JSON with or without binary tensors behind it, into tensors.</summary>
internal sealed class InferRequestParser(TensorBlockPool pool)
{
    /// <param name="jsonLength">
    /// Bytes of the JSON part; null where the whole body is JSON, 0 for one raw tensor.
    /// </param>
    public (ParsedRequest? Parsed, ScoringFault? Fault) Parse(
        ReadOnlySpan<byte> body, long? jsonLength, ModelRoute route)
    {
        // :: Step 2: Parse into named tensors in pooled blocks, collecting everything that is wrong.
        if (jsonLength > body.Length)
        {
            return (null,
                Invalid($"Inference-Header-Content-Length is {jsonLength}, the body has {body.Length} bytes."));
        }

        if (jsonLength == 0)
        {
            return RawTensorRequest.Parse(body, route, pool);
        }

        var json = body[..(int)(jsonLength ?? body.Length)];
        var request = new InferRequest();
        ParsedRequest? parsed = null;
        try
        {
            (parsed, var fault) = Parse(json, body[json.Length..], request, route);
            return (parsed, fault);
        }
        catch (JsonException e)
        {
            return (null, Invalid($"The request is not JSON: {Mistake(json) ?? e.Message}"));
        }
        finally
        {
            if (parsed is null)
            {
                request.DisposeTensors();
            }
        }
    }

    private (ParsedRequest? Parsed, ScoringFault? Fault) Parse(
        ReadOnlySpan<byte> json, ReadOnlySpan<byte> binary, InferRequest request, ModelRoute route)
    {
        var violations = new List<FaultViolation>();
        InferHeaderReader.Read(json, request, pool, violations);
        var (signature, fault) = route.Signature(request.Signature);
        if (signature is null)
        {
            return (null, fault);
        }

        // What stands behind its data, and bytes, are read only for requests that fit so far.
        var rows = InferRequestCheck.Check(request, signature, violations);
        if (violations.Count == 0)
        {
            ReadJson(json, request, violations);
            ReadBinary(binary, request, violations);
        }

        return Concluded(request, signature, rows, violations);
    }

    /// <summary>A request whose tensors came in pooled blocks; takes those of a request that fits.</summary>
    public static (ParsedRequest? Parsed, ScoringFault? Fault) Parse(
        InferRequest request, ModelRoute route, List<FaultViolation> violations)
    {
        var (signature, fault) = route.Signature(request.Signature);
        if (signature is null)
        {
            return (null, fault);
        }

        var rows = InferRequestCheck.Check(request, signature, violations);
        if (violations.Count == 0)
        {
            TakeBytes(request, violations);
        }

        return Concluded(request, signature, rows, violations);
    }

    /// <summary>All or none: whoever is refused keeps its blocks.</summary>
    private static void TakeBytes(InferRequest request, List<FaultViolation> violations)
    {
        foreach (var input in request.Inputs)
        {
            BinaryTensorReader.Fits(input.Bytes!.Bytes, input.TryGetSpec()!, violations);
        }

        foreach (var input in violations.Count == 0 ? request.Inputs : [])
        {
            var (spec, length) = (input.TryGetSpec()!, input.Bytes!.Length);
            input.Tensor = new Tensor(spec.Name, spec.Type, spec.Shape, input.Bytes.Take(), length);
        }
    }

    private static (ParsedRequest? Parsed, ScoringFault? Fault) Concluded(
        InferRequest request, ModelSignature signature, int rows, List<FaultViolation> violations) =>
        violations.Count > 0
            ? (null, ScoringFault.Invalid(Listed(violations)))
            : (new ParsedRequest(request, signature, [.. request.Inputs.Select(i => i.Tensor!)], rows), null);

    private void ReadJson(ReadOnlySpan<byte> json, InferRequest request, List<FaultViolation> violations)
    {
        foreach (var input in request.Inputs.Where(i => i.DataAt >= 0 && !i.DataRead))
        {
            var array = json[input.DataAt..];
            var reader = new Utf8JsonReader(array);
            reader.Read();
            input.Tensor = JsonTensorReader.Read(ref reader, array, input.TryGetSpec()!, pool, violations, out _);
        }
    }

    private void ReadBinary(ReadOnlySpan<byte> binary, InferRequest request, List<FaultViolation> violations)
    {
        foreach (var input in request.Inputs)
        {
            if (input.BinarySize is not { } size)
            {
                continue;
            }

            if (size > binary.Length)
            {
                violations.Add(new(
                    $"inputs[{input.Name}]",
                    $"expected {size} bytes of binary data, the body has {binary.Length} left"));
                return;
            }

            input.Tensor = BinaryTensorReader.Read(binary[..(int)size], input.TryGetSpec()!, pool, violations);
            binary = binary[(int)size..];
        }

        if (binary.Length > 0)
        {
            violations.Add(new("inputs", $"{binary.Length} bytes of binary data belong to no input"));
        }
    }

    /// <summary>What the framework says of the text, with the place: tensors are read past its counting.</summary>
    private static string? Mistake(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException e)
        {
            return e.Message;
        }
    }

    private static List<FaultViolation> Listed(List<FaultViolation> violations) =>
        violations.Count <= Limits.ViolationsListedMax
            ? violations
            : [.. violations.Take(Limits.ViolationsListedMax),
                new("…", $"and {violations.Count - Limits.ViolationsListedMax} more")];

    private static ScoringFault Invalid(string message) => new(FaultKind.RequestInvalid, message);
}
