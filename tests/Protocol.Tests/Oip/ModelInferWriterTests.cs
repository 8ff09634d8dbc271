using System.Buffers;
using CsCheck;
using ScoringCluster.Core;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Protocol.Tests.Oip;

/// <summary>What the hand-written writer writes, read by generated types.</summary>
public sealed class ModelInferWriterTests : IDisposable
{
    private readonly TensorBlockPool _pool = new(TimeProvider.System);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Write_OfAnyAnswer_IsReadByGeneratedTypes_AndAsLongAsAnnounced() =>
        Gen.Select(Gen.String.AlphaNumeric, Gen.Long[0, 200].Array[0, 4], Gen.Byte.Array[0, 400]).Array[0, 4].Sample(
            outputs =>
            {
                var tensors = outputs.Select(o => new Tensor(
                    o.Item1, ElementType.UInt8, TensorShape.Of(o.Item2), Block(o.Item3), o.Item3.Length)).ToList();
                var answer = new ModelInferAnswer("modell-ü", "7", outputs.Length % 2 == 0 ? "" : "id", tensors);
                var written = new ArrayBufferWriter<byte>();

                ModelInferWriter.Write(answer, written);

                var read = ModelInferResponse.Parser.ParseFrom(written.WrittenSpan);
                Assert.Equal(written.WrittenCount, ModelInferWriter.SizeOf(answer));
                Assert.Equal(
                    (answer.ModelName, answer.ModelVersion, answer.Id),
                    (read.ModelName, read.ModelVersion, read.Id));
                Assert.Equal(outputs.Select(o => o.Item1), read.Outputs.Select(o => o.Name));
                Assert.Equal(outputs.Select(o => o.Item2), read.Outputs.Select(o => o.Shape.ToArray()));
                Assert.All(read.Outputs, output => Assert.Equal("UINT8", output.Datatype));
                Assert.Equal(outputs.Select(o => o.Item3), read.RawOutputContents.Select(raw => raw.ToByteArray()));
                tensors.ForEach(tensor => tensor.Dispose());
            },
            iter: 300);

    private TensorBlock Block(byte[] bytes)
    {
        var block = _pool.Rent(bytes.Length);
        bytes.CopyTo(block.Span(bytes.Length));
        return block;
    }
}
