using System.Text;
using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>
/// Reads the JSON of an inference request in one pass. A data array whose name, type and shape stand before it, as
/// clients write them, becomes a tensor at once; another one is left where it is, to be read when they are known.
/// Unknown properties and parameters are passed over, as the protocol asks.
/// </summary>
internal ref struct InferHeaderReader
{
    /// <summary>
    /// What names, and the values that name types, usually are: looked up here they need no text of their own.
    /// </summary>
    private static readonly (byte[] Utf8, string Text)[] _usual =
    [
        .. new[]
        {
            "name", "shape", "datatype", "data", "parameters", "inputs", "outputs", "id", "binary_data_size",
            "binary_data_output", "binary_data", "signature_name", "timeout", "priority", "classification",
        }
        .Concat(Enum.GetValues<ElementType>().Select(type => type.ProtocolName()))
        .Select(text => (Encoding.UTF8.GetBytes(text), text)),
    ];

    private readonly List<FaultViolation> _violations;
    private readonly InferRequest _request;
    private readonly TensorBlockPool _pool;
    private readonly ReadOnlySpan<byte> _text;
    private Utf8JsonReader _json;

    /// <summary>Bytes that the reader was moved over: its positions lack them.</summary>
    private int _passed;

    private InferHeaderReader(
        ReadOnlySpan<byte> json, InferRequest request, TensorBlockPool pool, List<FaultViolation> violations)
    {
        _json = new Utf8JsonReader(json);
        _text = json;
        _request = request;
        _pool = pool;
        _violations = violations;
    }

    /// <param name="request">Gets what is read, tensors included, also where reading ends in an exception.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static void Read(
        ReadOnlySpan<byte> json, InferRequest request, TensorBlockPool pool, List<FaultViolation> violations)
    {
        var reader = new InferHeaderReader(json, request, pool, violations);
        reader.ReadRequest();
    }

    private void ReadRequest()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a JSON object is expected");
        }

        var hasInputs = false;
        while (NextProperty() is { } name)
        {
            switch (name)
            {
                case "id":
                    _request.Id = Text(new JsonPlace("id"));
                    break;
                case "parameters":
                    ReadParameters();
                    break;
                case "inputs":
                    hasInputs = true;
                    ReadItems("inputs", ReadInput);
                    break;
                case "outputs":
                    ReadItems("outputs", ReadOutput);
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        if (_json.Read())
        {
            throw new JsonException("text behind the JSON object");
        }

        if (!hasInputs)
        {
            _violations.Add(new("inputs", "missing"));
        }
    }

    private delegate void ReadItem(ref InferHeaderReader reader, JsonPlace at);

    private void ReadItems(string what, ReadItem read)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _violations.Add(new(what, "an array is expected"));
            _json.Skip();
            return;
        }

        for (var i = 0; _json.Read() && _json.TokenType != JsonTokenType.EndArray; i++)
        {
            if (_json.TokenType != JsonTokenType.StartObject || i >= Limits.TensorsPerRequestMax)
            {
                _violations.Add(
                    new($"{what}[{i}]", i >= Limits.TensorsPerRequestMax
                    ? $"at most {Limits.TensorsPerRequestMax} are expected" : "an object is expected"));
                _json.Skip();
                continue;
            }

            read(ref this, new JsonPlace(what, i));
        }
    }

    private static void ReadInput(ref InferHeaderReader reader, JsonPlace at)
    {
        var input = new InferInput();
        reader._request.Inputs.Add(input);
        while (reader.NextProperty() is { } name)
        {
            switch (name)
            {
                case "name":
                    input.Name = reader.Text(at with { Field = "name" }) ?? "";
                    break;
                case "datatype":
                    input.DataType = reader.Text(at with { Field = "datatype" });
                    break;
                case "shape":
                    input.Shape = reader.Shape(at with { Field = "shape" });
                    break;
                case "data":
                    reader.ReadData(input);
                    break;
                case "parameters" when reader._json.TokenType == JsonTokenType.StartObject:
                    while (reader.NextProperty() is { } parameter)
                    {
                        if (parameter == "binary_data_size")
                        {
                            input.BinarySize = reader.Whole(
                                at with { Field = "parameters.binary_data_size" }, 0, int.MaxValue);
                        }
                        else
                        {
                            reader._json.Skip();
                        }
                    }

                    break;
                default:
                    reader._json.Skip();
                    break;
            }
        }
    }

    private void ReadData(InferInput input)
    {
        if (input.DataAt >= 0)
        {
            throw new JsonException("an input has the property 'data' twice");
        }

        input.DataAt = _passed + (int)_json.TokenStartIndex;
        if (input.TryGetSpec() is { } spec && StatedSize.TryCount(spec, out _))
        {
            input.DataRead = true;
            input.Tensor = JsonTensorReader.Read(
                ref _json, _text[input.DataAt..], spec, _pool, _violations, out var passed);
            _passed = passed > 0 ? input.DataAt + passed : _passed;
        }
        else
        {
            _json.Skip();
        }
    }

    private static void ReadOutput(ref InferHeaderReader reader, JsonPlace at)
    {
        string? output = null;
        bool? binary = null;
        while (reader.NextProperty() is { } name)
        {
            if (name == "name")
            {
                output = reader.Text(at with { Field = "name" });
            }
            else if (name == "parameters" && reader._json.TokenType == JsonTokenType.StartObject)
            {
                while (reader.NextProperty() is { } parameter)
                {
                    switch (parameter)
                    {
                        case "binary_data":
                            binary = reader.Flag(at with { Field = "parameters.binary_data" });
                            break;
                        case "classification":
                            // Passing over it would answer scores where labels were asked for.
                            reader._violations.Add(new($"{at}.parameters.{parameter}", "is not supported"));
                            reader._json.Skip();
                            break;
                        default:
                            reader._json.Skip();
                            break;
                    }
                }
            }
            else
            {
                reader._json.Skip();
            }
        }

        if (output is null)
        {
            reader._violations.Add(new($"{at}.name", "missing"));
        }
        else
        {
            reader._request.Outputs.Add(new InferOutput(output, binary));
        }
    }

    private void ReadParameters()
    {
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _violations.Add(new("parameters", "an object is expected"));
            _json.Skip();
            return;
        }

        while (NextProperty() is { } name)
        {
            switch (name)
            {
                case "signature_name":
                    _request.Signature = Text(new JsonPlace("parameters.signature_name"));
                    break;
                case "timeout":
                    _request.Timeout =
                        Whole(new JsonPlace("parameters.timeout"), 1, long.MaxValue / 10) is { } microseconds
                        ? TimeSpan.FromMicroseconds(Math.Min(microseconds, Limits.RequestTimeMax.TotalMicroseconds))
                        : null;
                    break;
                case "priority":
                    _request.Priority = (int)(Whole(new JsonPlace("parameters.priority"), 0, int.MaxValue) ?? 0);
                    break;
                case "binary_data_output":
                    _request.BinaryOutputs = Flag(new JsonPlace("parameters.binary_data_output")) ?? false;
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }
    }

    /// <summary>Moves to the next property's value; null at the object's end.</summary>
    private string? NextProperty()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.PropertyName)
        {
            return null;
        }

        var name = Characters();
        _json.Read();
        return name;
    }

    private readonly string Characters()
    {
        if (!_json.ValueIsEscaped)
        {
            foreach (var (utf8, text) in _usual)
            {
                if (_json.ValueSpan.SequenceEqual(utf8))
                {
                    return text;
                }
            }
        }

        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Half a surrogate pair as an escape, or bytes that are no UTF-8: JSON's grammar allows both.
            throw new JsonException($"a text at byte {_json.TokenStartIndex} is not Unicode", e);
        }
    }

    private string? Text(JsonPlace at)
    {
        if (_json.TokenType == JsonTokenType.String)
        {
            return Characters();
        }

        _violations.Add(new($"{at}", "a text is expected"));
        _json.Skip();
        return null;
    }

    private bool? Flag(JsonPlace at)
    {
        if (_json.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return _json.GetBoolean();
        }

        _violations.Add(new($"{at}", "true or false is expected"));
        _json.Skip();
        return null;
    }

    private long? Whole(JsonPlace at, long min, long max)
    {
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var value) && value >= min && value <= max)
        {
            return value;
        }

        _violations.Add(new($"{at}", $"a whole number from {min} to {max} is expected"));
        _json.Skip();
        return null;
    }

    private long[]? Shape(JsonPlace at)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _violations.Add(new($"{at}", "an array is expected"));
            _json.Skip();
            return null;
        }

        Span<long> shape = stackalloc long[Limits.TensorRankMax];
        var count = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (Whole(at with { Element = count }, 0, int.MaxValue) is not { } size)
            {
                continue;
            }

            if (count < shape.Length)
            {
                shape[count] = size;
            }

            count++;
        }

        if (count <= shape.Length)
        {
            return shape[..count].ToArray();
        }

        _violations.Add(new($"{at}", $"at most {Limits.TensorRankMax} dimensions are expected, got {count}"));
        return null;
    }
}
