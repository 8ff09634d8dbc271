using Parquet;
using Parquet.Schema;

namespace ScoringCluster.Archive.Inputs;

/// <summary>
/// The inputs of a job as a Parquet file: path, size and time of each, in row groups that are written and read one at
/// a time, never the whole list in memory.
/// </summary>
internal static class InputList
{
    /// <summary>Rows of every row group but the last.</summary>
    public const int GroupRows = 4_096;

    private static readonly ParquetSchema _schema = new(
        new DataField("path", typeof(string), isNullable: false),
        new DataField("size", typeof(long), isNullable: false),
        new DataField("modified", typeof(long), isNullable: false));

    /// <summary>
    /// Writes what <paramref name="rows"/> yields, until there are more than <paramref name="rowsMax"/>.
    /// </summary>
    /// <returns>How many rows there were, and their digest.</returns>
    public static async Task<(long Rows, string Digest)> WriteAsync(
        Stream stream, IEnumerable<InputRow> rows, long rowsMax, CancellationToken cancellationToken)
    {
        using var digest = new InputDigest();
        await using (var writer = await ParquetWriter.CreateAsync(
            _schema, stream, ParquetSettings.Create(), cancellationToken: cancellationToken))
        {
            foreach (var group in rows.Chunk(GroupRows))
            {
                await WriteGroupAsync(writer, group, cancellationToken);
                Array.ForEach(group, digest.Add);
                if (digest.Rows > rowsMax)
                {
                    break;
                }
            }
        }

        return (digest.Rows, digest.Take());
    }

    /// <summary>True where the file is a list of inputs, by its schema.</summary>
    public static async Task<bool> IsListAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await ParquetReader.CreateAsync(path, cancellationToken: cancellationToken);
            return reader.Schema.DataFields.Select(field => field.Name)
                .SequenceEqual(_schema.DataFields.Select(field => field.Name));
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or UnauthorizedAccessException))
        {
            // The reader has no one word for "no Parquet": whatever it says of a file, that file is no list of ours.
            return false;
        }
    }

    /// <summary>Rows of a range, wherever its row groups lie.</summary>
    public static async Task<InputRow[]> ReadAsync(
        string path, long first, int count, CancellationToken cancellationToken)
    {
        await using var reader = await ParquetReader.CreateAsync(path, cancellationToken: cancellationToken);
        var rows = new InputRow[count];
        var read = 0;
        while (read < count)
        {
            var (group, skip) = Math.DivRem(first + read, GroupRows);
            if (group >= reader.RowGroupCount)
            {
                throw new InvalidDataException($"'{path}' ends before row {first + count}.");
            }

            using var groupReader = reader.OpenRowGroupReader((int)group);
            var take = (int)Math.Min(count - read, groupReader.RowCount - skip);
            if (take <= 0)
            {
                throw new InvalidDataException($"'{path}' has a short row group {group}.");
            }

            var all = await ReadGroupAsync(groupReader, cancellationToken);
            Array.Copy(all, skip, rows, read, take);
            read += take;
        }

        return rows;
    }

    private static async Task WriteGroupAsync(
        ParquetWriter writer, InputRow[] rows, CancellationToken cancellationToken)
    {
        using var group = writer.CreateRowGroup();
        var fields = _schema.DataFields;
        await group.WriteAsync(fields[0], Array.ConvertAll(rows, row => row.Path));
        await group.WriteAsync<long>(
            fields[1], Array.ConvertAll(rows, row => row.Size), cancellationToken: cancellationToken);
        await group.WriteAsync<long>(
            fields[2], Array.ConvertAll(rows, row => row.Modified), cancellationToken: cancellationToken);
        group.CompleteValidate();
    }

    private static async Task<InputRow[]> ReadGroupAsync(
        ParquetRowGroupReader group, CancellationToken cancellationToken)
    {
        var fields = _schema.DataFields;
        var paths = new string?[group.RowCount];
        var sizes = new long[group.RowCount];
        var times = new long[group.RowCount];
        await group.ReadAsync(fields[0], paths.AsMemory(), cancellationToken: cancellationToken);
        await group.ReadAsync<long>(fields[1], sizes.AsMemory(), cancellationToken: cancellationToken);
        await group.ReadAsync<long>(fields[2], times.AsMemory(), cancellationToken: cancellationToken);
        return [.. paths.Select((path, i) => new InputRow(path!, sizes[i], times[i]))];
    }
}
