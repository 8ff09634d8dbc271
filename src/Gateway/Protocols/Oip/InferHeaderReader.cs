using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>
/// Reads the JSON of an inference request, the data arrays left where they are: their type and shape may stand behind
/// them. Unknown properties and parameters are passed over, as the protocol asks.
/// </summary>
internal ref struct InferHeaderReader
{
    private readonly List<FaultViolation> _violations;
    private readonly InferRequest _request = new();
    private Utf8JsonReader _json;

    private InferHeaderReader(ReadOnlySpan<byte> json, List<FaultViolation> violations)
    {
        _json = new Utf8JsonReader(json);
        _violations = violations;
    }

    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static InferRequest Read(ReadOnlySpan<byte> json, List<FaultViolation> violations)
    {
        var reader = new InferHeaderReader(json, violations);
        reader.ReadRequest();
        return reader._request;
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
                    _request.Id = Text("id");
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

    private delegate void ReadItem(ref InferHeaderReader reader, string at);

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

            read(ref this, $"{what}[{i}]");
        }
    }

    private static void ReadInput(ref InferHeaderReader reader, string at)
    {
        var input = new InferInput();
        while (reader.NextProperty() is { } name)
        {
            switch (name)
            {
                case "name":
                    input.Name = reader.Text(at + ".name") ?? "";
                    break;
                case "datatype":
                    input.DataType = reader.Text(at + ".datatype");
                    break;
                case "shape":
                    input.Shape = reader.Shape(at + ".shape");
                    break;
                case "data":
                    input.DataAt = (int)reader._json.TokenStartIndex;
                    reader._json.Skip();
                    break;
                case "parameters" when reader._json.TokenType == JsonTokenType.StartObject:
                    while (reader.NextProperty() is { } parameter)
                    {
                        if (parameter == "binary_data_size")
                        {
                            input.BinarySize = reader.Whole($"{at}.parameters.{parameter}", 0, int.MaxValue);
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

        reader._request.Inputs.Add(input);
    }

    private static void ReadOutput(ref InferHeaderReader reader, string at)
    {
        string? output = null;
        bool? binary = null;
        while (reader.NextProperty() is { } name)
        {
            if (name == "name")
            {
                output = reader.Text(at + ".name");
            }
            else if (name == "parameters" && reader._json.TokenType == JsonTokenType.StartObject)
            {
                while (reader.NextProperty() is { } parameter)
                {
                    if (parameter == "binary_data")
                    {
                        binary = reader.Flag($"{at}.parameters.{parameter}");
                    }
                    else
                    {
                        reader._json.Skip();
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
            reader._violations.Add(new(at + ".name", "missing"));
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
                    _request.Signature = Text("parameters.signature_name");
                    break;
                case "timeout":
                    _request.Timeout = Whole("parameters.timeout", 1, long.MaxValue / 10) is { } microseconds
                        ? TimeSpan.FromMicroseconds(Math.Min(microseconds, Limits.RequestTimeMax.TotalMicroseconds))
                        : null;
                    break;
                case "binary_data_output":
                    _request.BinaryOutputs = Flag("parameters.binary_data_output") ?? false;
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

        var name = _json.GetString()!;
        _json.Read();
        return name;
    }

    private string? Text(string at)
    {
        if (_json.TokenType == JsonTokenType.String)
        {
            return _json.GetString();
        }

        _violations.Add(new(at, "a text is expected"));
        _json.Skip();
        return null;
    }

    private bool? Flag(string at)
    {
        if (_json.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return _json.GetBoolean();
        }

        _violations.Add(new(at, "true or false is expected"));
        _json.Skip();
        return null;
    }

    private long? Whole(string at, long min, long max)
    {
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var value) && value >= min && value <= max)
        {
            return value;
        }

        _violations.Add(new(at, $"a whole number from {min} to {max} is expected"));
        _json.Skip();
        return null;
    }

    private long[]? Shape(string at)
    {
        var shape = new List<long>();
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _violations.Add(new(at, "an array is expected"));
            _json.Skip();
            return null;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (Whole($"{at}[{shape.Count}]", 0, int.MaxValue) is { } size)
            {
                shape.Add(size);
            }
        }

        if (shape.Count <= Limits.TensorRankMax)
        {
            return [.. shape];
        }

        _violations.Add(new(at, $"at most {Limits.TensorRankMax} dimensions are expected, got {shape.Count}"));
        return null;
    }
}
