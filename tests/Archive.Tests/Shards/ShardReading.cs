using Parquet;

namespace ScoringCluster.Archive.Tests.Shards;

/// <summary>Reads shard and error files back.</summary>
internal static class ShardReading
{
    public static async Task<string[]> TextAsync(string path, int column)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var reader = await ParquetReader.CreateAsync(path, cancellationToken: cancellation);
        if (reader.RowGroupCount == 0)
        {
            return [];
        }

        using var group = reader.OpenRowGroupReader(0);
        var values = new string?[group.RowCount];
        await group.ReadAsync(reader.Schema.DataFields[column], values.AsMemory(), cancellationToken: cancellation);
        return values!;
    }

    public static async Task<(string Path, string Fault, string Message)[]> ErrorsAsync(string path)
    {
        var faults = await TextAsync(path, 1);
        var messages = await TextAsync(path, 2);
        return [.. (await TextAsync(path, 0)).Select((name, i) => (name, faults[i], messages[i]))];
    }
}
