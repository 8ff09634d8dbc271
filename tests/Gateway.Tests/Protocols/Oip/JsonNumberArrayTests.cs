using System.Globalization;
using System.Text;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Protocols.Oip;

namespace ScoringCluster.Gateway.Tests.Protocols.Oip;

/// <summary>The quick way reads what the framework reads, to the last bit, and leaves alone what it does not know.
/// </summary>
public sealed class JsonNumberArrayTests
{
    private const int Count = 20_000;

    private static readonly string[] _edges =
    [
        "0", "-0", "-0.0", "0e0", "1", "-1", "0.1", "1e10", "1E-10", "1e+2", "16777217", "16777219", "33554433.0",
        "3.4028235e38", "1.17549435e-38", "1.1754943e-38", "1e-45", "7e-46", "0.000000000000000000000000001",
        "9007199254740993", "123456789012345678", "1234567890123456789", "4.4501477170144023e-308", "5e-324",
        "0.30000000000000004", "8388608.5", "8388609.5", "1.00000017881393421514957253748434595763683319091796875",
        "1.00000017881393432617187499", "16777216.99999999", "2.2250738585072014e-308", "1e22", "1e23", "1e-22",
    ];

    [Fact]
    public void TryRead_Floats_AreThoseOfTheFrameworkToTheBit()
    {
        var random = new Random(7);
        string[] texts =
        [
            .. _edges.Where(t => float.IsFinite(float.Parse(t, CultureInfo.InvariantCulture))),
            .. Enumerable.Range(0, Count).Select(i => Text(random, i)),
        ];
        var read = Read<float>(texts);
        for (var i = 0; i < texts.Length; i++)
        {
            Assert.Equal(
                BitConverter.SingleToInt32Bits(float.Parse(texts[i], CultureInfo.InvariantCulture)),
                BitConverter.SingleToInt32Bits(read[i]));
        }
    }

    [Fact]
    public void TryRead_Doubles_AreThoseOfTheFrameworkToTheBit()
    {
        var random = new Random(8);
        string[] texts = [.. _edges, .. Enumerable.Range(0, Count).Select(i => Text(random, i))];
        var read = Read<double>([.. texts.Where(t => t.Length < 40)]);
        var expected = texts.Where(t => t.Length < 40).Select(t => double.Parse(t, CultureInfo.InvariantCulture));
        Assert.Equal(
            expected.Select(BitConverter.DoubleToInt64Bits), read.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public void TryRead_ShortestForms_AreNotLeftAlone()
    {
        var random = new Random(9);
        var text = string.Join(',', Enumerable.Range(0, Count).Select(_ => random.NextSingle()
            .ToString("R", CultureInfo.InvariantCulture)));

        Assert.True(JsonNumberArray.TryRead(
            Encoding.UTF8.GetBytes($"[{text}]"), TensorShape.Of(Count), new float[Count], out _));
    }

    [Theory]
    [InlineData("[1,2,3,4]")]
    [InlineData("[ 1 , 2 ,\n3,\t4 ]")]
    [InlineData("[[1,2],[3,4]]")]
    [InlineData(" [ [1, 2] , [3, 4] ] ", 1)]
    public void TryRead_FlatOrNested_FillsTheShapeAndEndsOnTheBracket(string json, int start = 0)
    {
        var text = json[start..];
        var values = new int[4];

        Assert.True(JsonNumberArray.TryRead(Encoding.UTF8.GetBytes(text), TensorShape.Of(2, 2), values, out var end));
        Assert.Equal([1, 2, 3, 4], values);
        Assert.Equal(text.LastIndexOf(']'), end);
    }

    [Theory]
    [InlineData("[1,2,3]")]
    [InlineData("[1,2,3,4,5]")]
    [InlineData("[1,2,3,4")]
    [InlineData("[1,2,3,4,]")]
    [InlineData("[1,2 3,4]")]
    [InlineData("[[1,2,3],[4]]")]
    [InlineData("[[1,2],3,4]")]
    [InlineData("[[[1,2],[3,4]]]")]
    [InlineData("[01,2,3,4]")]
    [InlineData("[1.,2,3,4]")]
    [InlineData("[.5,2,3,4]")]
    [InlineData("[+1,2,3,4]")]
    [InlineData("[-,2,3,4]")]
    [InlineData("[1e,2,3,4]")]
    [InlineData("[1e999,2,3,4]")]
    [InlineData("[null,2,3,4]")]
    [InlineData("[\"1\",2,3,4]")]
    [InlineData("[NaN,2,3,4]")]
    [InlineData("[1:2,3,4]")]
    public void TryRead_AnythingElse_IsLeftAlone(string json) =>
        Assert.False(JsonNumberArray.TryRead(
            Encoding.UTF8.GetBytes(json), TensorShape.Of(2, 2), new float[4], out _));

    [Theory]
    [InlineData("[128]", false)]
    [InlineData("[127]", true)]
    [InlineData("[-128]", true)]
    [InlineData("[-129]", false)]
    [InlineData("[1.0]", false)]
    [InlineData("[1e1]", false)]
    public void TryRead_SmallIntegers_KeepTheirRange(string json, bool fits) => Assert.Equal(
        fits, JsonNumberArray.TryRead(Encoding.UTF8.GetBytes(json), TensorShape.Of(1), new sbyte[1], out _));

    [Theory]
    [InlineData("[9223372036854775807]", true)]
    [InlineData("[-1]", false)]
    [InlineData("[-0]", true)]
    public void TryRead_Unsigned_TakesNoNegativeOnes(string json, bool fits) => Assert.Equal(
        fits, JsonNumberArray.TryRead(Encoding.UTF8.GetBytes(json), TensorShape.Of(1), new ulong[1], out _));

    [Fact]
    public void TryRead_NoElements_IsAnEmptyArray() => Assert.True(
        JsonNumberArray.TryRead("[]"u8, TensorShape.Of(0), Array.Empty<float>(), out _));

    private static T[] Read<T>(string[] texts)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        var values = new T[texts.Length];
        foreach (var (text, i) in texts.Select((text, i) => (text, i)))
        {
            // One by one, so that a number that is left alone for its length does not hide the others.
            if (!JsonNumberArray.TryRead(
                Encoding.UTF8.GetBytes($"[{text}]"), TensorShape.Of(1), values.AsSpan(i, 1), out _))
            {
                values[i] = T.Parse(text, CultureInfo.InvariantCulture);
            }
        }

        return values;
    }

    private static string Text(Random random, int i) => (i % 6) switch
    {
        0 => random.NextSingle().ToString("R", CultureInfo.InvariantCulture),
        1 => random.NextDouble().ToString("R", CultureInfo.InvariantCulture),
        2 => (random.NextSingle() * 1e6f).ToString("F3", CultureInfo.InvariantCulture),
        3 => ((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-44, 38))).ToString(
            "E8", CultureInfo.InvariantCulture),
        4 => random.NextInt64(-1L << 40, 1L << 40).ToString(CultureInfo.InvariantCulture),

        // Just between two floats, with and without a digit that decides.
        _ => ((1 << 24) + (2 * random.Next(1 << 20)) + 1).ToString(CultureInfo.InvariantCulture)
            + (random.Next(2) == 0 ? ".0" : ".0000001"),
    };
}
