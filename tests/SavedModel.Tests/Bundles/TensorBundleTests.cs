using System.Text;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.Bundles;

namespace ScoringCluster.SavedModel.Tests.Bundles;

public sealed class TensorBundleTests : IDisposable
{
    /// <summary>Float tensors "b" = {1, 2} and "w" = {{1, 2}, {3, 4}}, and the string "hi".</summary>
    private const string Index =
        "00000608011a020801001c0d5f434845434b504f494e5441424c455f4f424a4543545f475241504808071200201828073509"
        + "eb4d1500010f620801120412020802280835593ce5350001157708011208120208021202080220082810354c289874000000"
        + "0001000000004adcfeb2000000000100000000c0f2a1b0000102780069000000000100000000e74c13206e087b0e00000000"
        + "000000000000000000000000000000000000000000000000000000000000000057fb808b247547db";

    private const string Data =
        "0000803f000000400000803f00000040000040400000804002d8d810736869";

    /// <summary>An int32 scalar 2 and an object graph, written by TensorFlow 2.</summary>
    private const string ForeignIndex =
        "00000608011a020801001c0d5f434845434b504f494e5441424c455f4f424a4543545f4752415048080712002004285c3547"
        + "fc9252001c0b762f2e415454524942555445532f5641524941424c455f56414c554508031200280435d8d810730000000001"
        + "00000000ac380d67000000000100000000c0f2a1b000010277006700000000010000000066aaba566c08790e000000000000"
        + "00000000000000000000000000000000000000000000000000000000000057fb808b247547db";

    private const string ForeignData =
        "0200000057221231de0a170a0508011201760a0e0802120a7369676e6174757265730a3a12380a0e5641524941424c455f56"
        + "414c554512085661726961626c651a1c762f2e415454524942555445532f5641524941424c455f56414c55450a00";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_OfKnownBytes_GivesTheTensors()
    {
        using var bundle = Open(Bytes(Index), Bytes(Data));

        var weights = bundle.Read("w");
        Assert.Equal([1f, 2f, 3f, 4f], weights.Values<float>());
        Assert.Equal(TensorShape.Of(2, 2), weights.Shape);
        Assert.Equal([1f, 2f], bundle.Read("b").Values<float>());
        var text = bundle.Read("_CHECKPOINTABLE_OBJECT_GRAPH");
        Assert.Equal(TensorShape.Scalar, text.Shape);
        Assert.Equal("hi", Encoding.UTF8.GetString(text.Strings.Single().Span));
    }

    [Fact]
    public void Read_OfBytesThatTensorFlowWrote_GivesTheTensors()
    {
        using var bundle = Open(Bytes(ForeignIndex), Bytes(ForeignData));

        Assert.Equal([2], bundle.Read("v/.ATTRIBUTES/VARIABLE_VALUE").Values<int>());
        Assert.Equal(87, bundle.Read("_CHECKPOINTABLE_OBJECT_GRAPH").Strings.Single().Length);
    }

    [Fact]
    public void Read_OfEachFlippedBit_IsNoticed()
    {
        var data = Bytes(Data);
        for (var bit = 0; bit < data.Length * 8; bit++)
        {
            var damaged = (byte[])data.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            using var bundle = Open(Bytes(Index), damaged);
            var key = bit < 8 * 8 ? "b" : bit < 24 * 8 ? "w" : "_CHECKPOINTABLE_OBJECT_GRAPH";

            var error = Assert.Throws<SavedModelException>(() => bundle.Read(key));

            Assert.Contains(key, error.Message, StringComparison.Ordinal);
            Assert.Contains("variables.data-00000-of-00001", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_OfEachFlippedBitOfTheIndex_IsNoticedOrHarmless()
    {
        var index = Bytes(Index);
        var read = 0;
        for (var bit = 0; bit < index.Length * 8; bit++)
        {
            var damaged = (byte[])index.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                using var bundle = Open(damaged, Bytes(Data));
                Assert.Equal([1f, 2f, 3f, 4f], bundle.Read("w").Values<float>());
                read++;
            }
            catch (SavedModelException e)
            {
                Assert.Contains("variables.index", e.Message, StringComparison.Ordinal);
            }
        }

        // The footer's padding, its handle of the empty metaindex block and that block may be anything.
        Assert.InRange(read, 1, (40 + 13) * 8);
    }

    [Fact]
    public void Open_OfEachTruncation_IsRefused()
    {
        for (var length = 0; length < Bytes(Index).Length; length++)
        {
            var error = Assert.Throws<SavedModelException>(() => Open(Bytes(Index)[..length], Bytes(Data)));
            Assert.Contains("variables.index", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_FromAShortDataFile_NamesVariableAndFile()
    {
        using var bundle = Open(Bytes(Index), Bytes(Data)[..20]);

        Assert.Equal([1f, 2f], bundle.Read("b").Values<float>());
        var error = Assert.Throws<SavedModelException>(() => bundle.Read("w"));
        Assert.Contains("'w'", error.Message, StringComparison.Ordinal);
        Assert.Contains("truncated", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WithoutDataFile_NamesTheFile()
    {
        _folder.Write("variables.index", Bytes(Index));
        using var bundle = TensorBundle.Open(Path.Combine(_folder.Path, "variables"));

        var error = Assert.Throws<SavedModelException>(() => bundle.Read("w"));
        Assert.Contains("variables.data-00000-of-00001", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfAnUnknownKey_NamesIt()
    {
        using var bundle = Open(Bytes(Index), Bytes(Data));

        Assert.Contains("'nothing'", Assert.Throws<SavedModelException>(() => bundle.Read("nothing")).Message,
            StringComparison.Ordinal);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    private TensorBundle Open(byte[] index, byte[] data)
    {
        _folder.Write("variables.index", index);
        _folder.Write("variables.data-00000-of-00001", data);
        return TensorBundle.Open(Path.Combine(_folder.Path, "variables"));
    }
}
