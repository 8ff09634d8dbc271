using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>Element after element through a JSON array that is flat, or nested exactly as a shape is.</summary>
internal ref struct JsonArrayWalk(TensorShape shape)
{
    private readonly long[] _counts = new long[Limits.TensorRankMax + 1];
    private int _depth;
    private bool _flat;
    private bool _nested;

    /// <summary>What is wrong with the nesting.</summary>
    public string? Problem { get; private set; }

    /// <summary>Moves the reader, which stands on the array's first bracket, to the next element.</summary>
    /// <returns>False behind the last element and where there is a problem.</returns>
    public bool Next(ref Utf8JsonReader json)
    {
        if (_depth == 0 && !Enter(json.TokenType))
        {
            return false;
        }

        while (Problem is null && json.Read())
        {
            switch (json.TokenType)
            {
                case JsonTokenType.StartArray:
                    Open();
                    break;
                case JsonTokenType.EndArray:
                    if (Close())
                    {
                        return false;
                    }

                    break;
                case JsonTokenType.StartObject:
                    Problem = "values are expected, got an object";
                    break;
                default:
                    _counts[_depth]++;
                    _flat |= _depth == 1 && shape.Rank > 1;
                    if (!_nested || _depth == shape.Rank)
                    {
                        return true;
                    }

                    Problem = $"a value stands {_depth} arrays deep, the shape {shape} has {shape.Rank} dimensions";
                    break;
            }
        }

        return false;
    }

    private bool Enter(JsonTokenType token)
    {
        if (token == JsonTokenType.StartArray)
        {
            _depth = 1;
            return true;
        }

        Problem = "an array is expected";
        return false;
    }

    private void Open()
    {
        _counts[_depth]++;
        if (++_depth > Math.Max(1, shape.Rank))
        {
            Problem = $"arrays stand {_depth} deep, the shape {shape} has {shape.Rank} dimensions";
        }
        else if (_flat)
        {
            Problem = "values and arrays stand side by side";
        }
        else
        {
            _nested = true;
            _counts[_depth] = 0;
        }
    }

    /// <summary>True at the end of the outermost array.</summary>
    private bool Close()
    {
        if (_nested && _counts[_depth] != shape[_depth - 1])
        {
            Problem = $"an array of dimension {_depth - 1} has {_counts[_depth]} entries, the shape {shape} has "
                + $"{shape[_depth - 1]}";
        }

        return --_depth == 0;
    }
}
