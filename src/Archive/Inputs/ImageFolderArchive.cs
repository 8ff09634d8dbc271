namespace ScoringCluster.Archive.Inputs;

/// <summary>A folder of images, read recursively, in the ordinal order of their relative paths.</summary>
/// <remarks>
/// Folders are walked in an order that yields sorted paths, so that memory holds one folder's names at a time along
/// the way down, never the whole list. (A single folder of many millions of files is still held whole.)
/// Links to folders are not followed: they may loop or lead out. A link to a file counts where the file lies
/// in the archive.
/// </remarks>
internal sealed class ImageFolderArchive
{
    private static readonly HashSet<string> _extensions =
        new(StringComparer.OrdinalIgnoreCase) { ".png", ".jpg", ".jpeg", ".bmp", ".webp" };

    private static readonly EnumerationOptions _everything = new()
    {
        AttributesToSkip = 0,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
    };

    private readonly string _root;

    public ImageFolderArchive(string root) => _root = RealPath.Of(root);

    /// <summary>Links that the last listing left out.</summary>
    public int LinksSkipped { get; private set; }

    /// <exception cref="ArchiveUnreadableException">While listing.</exception>
    public IEnumerable<InputRow> List(CancellationToken cancellationToken)
    {
        LinksSkipped = 0;
        using var rows = Walk(new DirectoryInfo(_root), "", cancellationToken).GetEnumerator();
        while (MoveNext(rows))
        {
            yield return rows.Current;
        }
    }

    /// <summary>Whoever writes the list to a file must know which of the two failed.</summary>
    private bool MoveNext(IEnumerator<InputRow> rows)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArchiveUnreadableException($"'{_root}' cannot be listed: {exception.Message}", exception);
        }
    }

    private IEnumerable<InputRow> Walk(DirectoryInfo folder, string prefix, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // A folder sorts as its name with the slash that all paths below it have: so the walk is in order.
        var entries = folder.EnumerateFileSystemInfos("*", _everything)
            .Select(entry => (Key: entry is DirectoryInfo ? entry.Name + "/" : entry.Name, Entry: entry))
            .Where(x => x.Entry is DirectoryInfo || _extensions.Contains(Path.GetExtension(x.Key)))
            .ToList();
        entries.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        foreach (var (key, entry) in entries)
        {
            if (Follow(entry) is not { } followed)
            {
                LinksSkipped++;
            }
            else if (followed is DirectoryInfo below)
            {
                foreach (var row in Walk(below, prefix + key, cancellationToken))
                {
                    yield return row;
                }
            }
            else
            {
                var file = (FileInfo)followed;
                yield return new InputRow(prefix + key, file.Length, InputRow.Nanoseconds(file.LastWriteTimeUtc));
            }
        }
    }

    /// <summary>The entry itself, or the file that a link leads to; null where it is not followed.</summary>
    private FileSystemInfo? Follow(FileSystemInfo entry)
    {
        if (entry.LinkTarget is null)
        {
            return entry;
        }

        var target = new FileInfo(RealPath.Of(entry.FullName));
        return target.Exists && RealPath.IsUnder(target.FullName, _root) ? target : null;
    }
}
