using Parquet;

namespace ScoringCluster.Cli.Rescore;

/// <summary>
/// How many rows have the class that their folder is named after; where the input is sorted into folders by class, this
/// is the accuracy.
/// </summary>
/// <param name="Rows">Rows whose folder's name is a class of the model.</param>
internal sealed record FolderAgreement(long Rows, long Agreeing)
{
    /// <returns>Null where no folder is named after a class, or the output is not on this machine.</returns>
    public static async Task<FolderAgreement?> ReadAsync(string output, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(output, "shards");
        if (!Directory.Exists(folder))
        {
            return null;
        }

        long rows = 0, agreeing = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.parquet"))
        {
            await using var reader = await ParquetReader.CreateAsync(file, cancellationToken: cancellationToken);
            var fields = reader.Schema.DataFields;
            var classes = fields.Where(f => f.Name.StartsWith("score_", StringComparison.Ordinal))
                .Select(f => f.Name["score_".Length..]).ToHashSet();
            for (var i = 0; i < reader.RowGroupCount; i++)
            {
                using var group = reader.OpenRowGroupReader(i);
                var count = (int)group.RowCount;
                var (paths, predicted) = (new string?[count], new string?[count]);
                await group.ReadAsync(
                    fields.Single(f => f.Name == "path"), paths.AsMemory(), cancellationToken: cancellationToken);
                await group.ReadAsync(
                    fields.Single(f => f.Name == "class"), predicted.AsMemory(), cancellationToken: cancellationToken);
                for (var row = 0; row < count; row++)
                {
                    var named = Path.GetFileName(Path.GetDirectoryName(paths[row]));
                    rows += named is not null && classes.Contains(named) ? 1 : 0;
                    agreeing += named == predicted[row] ? 1 : 0;
                }
            }
        }

        return rows > 0 ? new FolderAgreement(rows, agreeing) : null;
    }
}
