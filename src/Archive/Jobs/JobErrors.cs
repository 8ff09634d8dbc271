using Parquet;

namespace ScoringCluster.Archive.Jobs;

/// <summary>A row that could not be scored, as an error file has it.</summary>
public sealed record RowError(string Path, string Fault, string Message);

/// <summary>Reads a job's error files.</summary>
public static class JobErrors
{
    /// <summary>The first errors in the order of the inputs; fewer where there are fewer.</summary>
    public static async Task<IReadOnlyList<RowError>> ReadAsync(
        JobFolder folder, int max, CancellationToken cancellationToken)
    {
        var errors = new List<RowError>();
        if (!Directory.Exists(folder.ErrorsFolder))
        {
            return errors;
        }

        // Longer names have larger numbers: names are padded to five digits only.
        foreach (var file in Directory.EnumerateFiles(folder.ErrorsFolder).Where(JobFileNames.IsData)
            .OrderBy(file => file.Length).ThenBy(file => file, StringComparer.Ordinal))
        {
            await AddAsync(file, max, errors, cancellationToken);
            if (errors.Count >= max)
            {
                break;
            }
        }

        return errors;
    }

    private static async Task AddAsync(
        string file, int max, List<RowError> errors, CancellationToken cancellationToken)
    {
        await using var reader = await ParquetReader.CreateAsync(file, cancellationToken: cancellationToken);
        for (var i = 0; i < reader.RowGroupCount && errors.Count < max; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            var columns = new List<string?[]>();
            foreach (var field in reader.Schema.DataFields.Take(3))
            {
                var values = new string?[group.RowCount];
                await group.ReadAsync(field, values.AsMemory(), cancellationToken: cancellationToken);
                columns.Add(values);
            }

            errors.AddRange(columns[0].Select((path, row) => new RowError(path!, columns[1][row]!, columns[2][row]!))
                .Take(max - errors.Count));
        }
    }
}
