using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Archive.Inputs;

/// <summary>
/// The rows of a job's list, after its hash was found to be the pinned one. The list is hashed once and again
/// whenever the file looks touched, not for every shard: it may be large. Thread-safe.
/// </summary>
internal sealed class PinnedInputs(JobFolder folder, JobPins pins)
{
    private volatile Stamp? _verified;

    /// <returns>Null where the file is not the pinned list.</returns>
    public async Task<InputRow[]?> ReadAsync(long first, int count, CancellationToken cancellationToken)
    {
        if (!await IsPinnedAsync(cancellationToken))
        {
            return null;
        }

        var rows = await InputList.ReadAsync(folder.InputsFile, first, count, cancellationToken);
        return await IsPinnedAsync(cancellationToken) ? rows : null;
    }

    private async Task<bool> IsPinnedAsync(CancellationToken cancellationToken)
    {
        var file = new FileInfo(folder.InputsFile);
        if (!file.Exists)
        {
            return false;
        }

        var now = new Stamp(file.Length, file.LastWriteTimeUtc);
        if (now != _verified)
        {
            if (await DurableFile.Sha256Async(folder.InputsFile, cancellationToken) != pins.InputsSha256)
            {
                return false;
            }

            _verified = now;
        }

        return true;
    }

    private sealed record Stamp(long Size, DateTime Written);
}
