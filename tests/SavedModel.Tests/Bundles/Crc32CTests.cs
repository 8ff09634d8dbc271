using ScoringCluster.SavedModel.Bundles;

namespace ScoringCluster.SavedModel.Tests.Bundles;

public sealed class Crc32CTests
{
    [Fact]
    public void Mask_OfTheUsualTestWord_IsAsPublished() => Assert.Equal(0xC78AB0E5u, Crc32C.Mask("123456789"u8));

    [Fact]
    public void Append_InParts_EqualsTheWhole()
    {
        var bytes = Enumerable.Range(0, 100).Select(i => (byte)i).ToArray();
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var crc = new Crc32C();
            crc.Append(bytes.AsSpan(0, cut));
            crc.Append(bytes.AsSpan(cut));
            Assert.Equal(Crc32C.Mask(bytes), crc.Masked);
        }
    }
}
