using System.Text;
using CsCheck;
using ScoringCluster.SavedModel.Bundles;

namespace ScoringCluster.SavedModel.Tests.Bundles;

public sealed class TableReaderTests
{
    [Fact]
    public void Read_OfAnyTable_GivesEveryEntryInOrder() =>
        Gen.Select(
            Gen.Select(Gen.String[Gen.Char['a', 'd'], 0, 12], Gen.Byte.Array[0, 40]).List[0, 200],
            Gen.Int[1, 50],
            Gen.Bool)
        .Sample((entries, perBlock, compress) =>
        {
            var sorted = entries
                .DistinctBy(entry => entry.Item1)
                .OrderBy(entry => entry.Item1, StringComparer.Ordinal)
                .Select(entry => KeyValuePair.Create(Encoding.UTF8.GetBytes(entry.Item1), entry.Item2))
                .ToArray();

            var read = TableReader.Read(TableWriter.Write(sorted, perBlock, compress));

            return read.Select(entry => Text(entry.Key, entry.Value.ToArray()))
                .SequenceEqual(sorted.Select(entry => Text(entry.Key, entry.Value)));
        }, iter: 300);

    [Fact]
    public void Read_OfAnyDamage_FailsOnlyAsDamage()
    {
        var entries = Enumerable.Range(0, 60)
            .Select(i => KeyValuePair.Create(Encoding.UTF8.GetBytes($"layer/{i:D3}/kernel"), new byte[i]))
            .ToArray();
        var table = TableWriter.Write(entries, 20, compress: true);
        Gen.Select(Gen.Int[0, table.Length - 1], Gen.Byte).Array[1, 5].Sample(damages =>
        {
            var damaged = (byte[])table.Clone();
            foreach (var (place, value) in damages)
            {
                damaged[place] = value;
            }

            try
            {
                TableReader.Read(damaged);
            }
            catch (InvalidDataException)
            {
                // Damage is to be found; anything else that is thrown fails the test.
            }
        }, iter: 2000);
    }

    [Fact]
    public void Read_OfABlockThatClaimsToUnfoldEnormously_IsRefused()
    {
        byte[] bomb = [.. TableWriter.Varint(1UL << 31), 0, 0];
        byte[] withType = [.. bomb, 1];
        byte[] file = [.. withType, .. BitConverter.GetBytes(Crc32C.Mask(withType))];

        Assert.Throws<InvalidDataException>(() => TableBlock.Open(file, new BlockHandle(0, (ulong)bomb.Length)));
    }

    private static string Text(byte[] key, byte[] value) =>
        $"{Convert.ToHexString(key)}={Convert.ToHexString(value)}";
}
