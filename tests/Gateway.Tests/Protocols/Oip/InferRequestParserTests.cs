using System.Text;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Protocols.Oip;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Tests.Protocols.Oip;

public sealed class InferRequestParserTests
{
    /// <summary>Bytes of a pool's smallest block, which holds each tensor here.</summary>
    private const int Block = 256;

    private static ModelRoute Route { get; } = new(
        TestModels.Entry("sum", 1, TestModels.Sum),
        TestModels.Replica("sum", 1, TestModels.Sum),
        [TestModels.Replica("sum", 1, TestModels.Sum).Replica]);

    [Theory]
    [InlineData("""{"inputs":[A,{"name":"b","datatype":"INT32","shape":[1],"data":["x"]}]}""", 2)]
    [InlineData("""{"inputs":[A,B,{"name":"c","datatype":"INT32","shape":[1],"data":[1]}]}""", 3)]
    [InlineData("""{"inputs":[A,B],"parameters":{"signature_name":"none"}}""", 2)]
    [InlineData("""{"inputs":[A,B""", 2)]
    [InlineData("""{"inputs":[A,{"name":"b","datatype":"INT32","shape":[1],"data":[1""", 2)]
    [InlineData("""{"inputs":[A,{"data":[1.5],"name":"b","datatype":"INT32","shape":[1]}]}""", 2)]
    [InlineData("""{"inputs":[A,{"name":"b","datatype":"INT32","shape":[1],"parameters":{"binary_data_size":4}}]}""",
        1)]
    public void Parse_RequestThatFails_ReturnsEveryBlockItTook(string json, int blocks)
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        var text = json.Replace("A", """{"name":"a","datatype":"FP32","shape":[1,2],"data":[1,2]}""")
            .Replace("B", """{"name":"b","datatype":"INT32","shape":[1],"data":[7]}""");

        var (parsed, fault) = new InferRequestParser(pool).Parse(Encoding.UTF8.GetBytes(text), null, Route);

        Assert.Null(parsed);
        Assert.Equal(FaultKind.RequestInvalid, fault!.Kind);
        Assert.Equal(blocks * Block, pool.HeldBytes);
    }

    [Fact]
    public void Parse_ShapeOfMoreElementsThanTheBodyHas_TakesNoMemory()
    {
        using var pool = new TensorBlockPool(TimeProvider.System);

        var (_, fault) = new InferRequestParser(pool).Parse(
            """{"inputs":[{"name":"a","datatype":"FP32","shape":[65536,2],"data":[1,2]}]}"""u8, null, Route);

        Assert.Contains("more elements than the body has room for", fault!.Message, StringComparison.Ordinal);
        Assert.Equal(0, pool.HeldBytes);
    }
}
