using ScoringCluster.Archive.Inputs;

namespace ScoringCluster.Archive.Tests.Inputs;

public sealed class InputListTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 10_000)]
    [InlineData(InputList.GroupRows - 1, 2)]
    [InlineData(InputList.GroupRows, InputList.GroupRows)]
    [InlineData(9_999, 1)]
    public async Task Read_OfAnyRange_IsWhatWasWritten(int first, int count)
    {
        var rows = Enumerable.Range(0, 10_000)
            .Select(i => new InputRow($"folder/ü {i:D5}.png", i * 3L, i - 5_000L)).ToArray();
        await WriteAsync(rows);

        Assert.Equal(rows[first..(first + count)], await InputList.ReadAsync(_path, first, count, Cancellation));
    }

    [Fact]
    public async Task Write_OfAnEndlessArchive_StopsSoonAfterTheLimit()
    {
        await using var stream = File.Create(_path);
        var (rows, _) = await InputList.WriteAsync(stream, Endless(), 5_000, Cancellation);

        Assert.InRange(rows, 5_001, 5_000 + InputList.GroupRows);
    }

    [Fact]
    public async Task Write_OfRowsThatDifferInOneField_HasAnotherDigest()
    {
        InputRow row = new("a.png", 1, 2);
        InputRow[] rows = [row, row with { Path = "b.png" }, row with { Size = 2 }, row with { Modified = 3 }];
        var digests = new HashSet<string>();
        foreach (var one in rows)
        {
            digests.Add(await WriteAsync([one]));
        }

        Assert.Equal(rows.Length, digests.Count);
    }

    public void Dispose() => File.Delete(_path);

    private async Task<string> WriteAsync(InputRow[] rows)
    {
        await using var stream = File.Create(_path);
        return (await InputList.WriteAsync(stream, rows, long.MaxValue, Cancellation)).Digest;
    }

    private static IEnumerable<InputRow> Endless()
    {
        for (var i = 0; ; i++)
        {
            yield return new InputRow($"{i}.png", 1, 1);
        }
    }
}
