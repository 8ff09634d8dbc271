using Parquet;
using Parquet.Schema;

namespace ScoringCluster.Archive.Shards;

/// <summary>
/// A shard as Parquet: <c>path, sha256, class, score_&lt;class&gt;…</c> (float32) of the scored rows, and
/// <c>path, fault, message</c> of the bad ones, in the order of the inputs. The same rows are the same bytes: nothing
/// of time, place or process goes in.
/// </summary>
internal static class ShardFiles
{
    public static async Task<byte[]> ScoresAsync(ShardRows rows, CancellationToken cancellationToken)
    {
        var good = Enumerable.Range(0, rows.Count).Where(row => rows.Fault(row) is null).ToArray();
        var schema = new ParquetSchema(
            [Text("path"), Text("sha256"), Text("class"), .. rows.Classes.Select(name => Number($"score_{name}"))]);
        return await WriteAsync(schema, good.Length, Columns, cancellationToken);

        async Task Columns(ParquetRowGroupWriter group, DataField[] fields)
        {
            await group.WriteAsync(fields[0], Array.ConvertAll(good, row => rows.Input(row).Path));
            await group.WriteAsync(fields[1], Array.ConvertAll(good, rows.Hash));
            await group.WriteAsync(fields[2], Array.ConvertAll(good, rows.Class));
            for (var i = 0; i < rows.Classes.Length; i++)
            {
                await group.WriteAsync<float>(fields[3 + i], Array.ConvertAll(good, row => rows.Scores(row)[i]),
                    cancellationToken: cancellationToken);
            }
        }
    }

    /// <summary>Null where every row was scored.</summary>
    public static async Task<byte[]?> ErrorsAsync(ShardRows rows, CancellationToken cancellationToken)
    {
        var bad = Enumerable.Range(0, rows.Count).Where(row => rows.Fault(row) is not null).ToArray();
        if (bad.Length == 0)
        {
            return null;
        }

        var schema = new ParquetSchema([Text("path"), Text("fault"), Text("message")]);
        return await WriteAsync(schema, bad.Length, Columns, cancellationToken);

        async Task Columns(ParquetRowGroupWriter group, DataField[] fields)
        {
            await group.WriteAsync(fields[0], Array.ConvertAll(bad, row => rows.Input(row).Path));
            await group.WriteAsync(fields[1], Array.ConvertAll(bad, row => rows.Fault(row)!.Kind.ToString()));
            await group.WriteAsync(fields[2], Array.ConvertAll(bad, row => rows.Fault(row)!.Message));
        }
    }

    private static async Task<byte[]> WriteAsync(
        ParquetSchema schema, int rows, Func<ParquetRowGroupWriter, DataField[], Task> columns,
        CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(
            schema, stream, ParquetSettings.Create(), cancellationToken: cancellationToken))
        {
            if (rows > 0)
            {
                using var group = writer.CreateRowGroup();
                await columns(group, schema.DataFields);
                group.CompleteValidate();
            }
        }

        return stream.ToArray();
    }

    private static DataField Text(string name) => new(name, typeof(string), isNullable: false);

    private static DataField Number(string name) => new(name, typeof(float), isNullable: false);
}
