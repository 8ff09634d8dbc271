using ScoringCluster.Preprocessing;

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
    /// <summary>Types that a report names; a folder of arbitrary files may have thousands.</summary>
    private const int TypesMax = 8;

    private static readonly EnumerationOptions _everything = new()
    {
        AttributesToSkip = 0,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
    };

    private readonly string _root;
    private readonly SortedSet<string> _typesSkipped = new(StringComparer.Ordinal);

    public ImageFolderArchive(string root) => _root = RealPath.Of(root);

    /// <summary>Links that the last listing left out.</summary>
    public int LinksSkipped { get; private set; }

    /// <summary>Files that the last listing left out since their names are no images'.</summary>
    public long FilesSkipped { get; private set; }

    /// <summary>Extensions of such files, some of them.</summary>
    public IReadOnlyCollection<string> TypesSkipped => _typesSkipped;

    /// <exception cref="ArchiveUnreadableException">While listing.</exception>
    public IEnumerable<InputRow> List(CancellationToken cancellationToken)
    {
        LinksSkipped = 0;
        FilesSkipped = 0;
        _typesSkipped.Clear();
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
            .Where(IsMeant)
            .Select(entry => (Key: entry is DirectoryInfo ? entry.Name + "/" : entry.Name, Entry: entry))
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

    private bool IsMeant(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo || ImageFileNames.IsImage(entry.Name))
        {
            return true;
        }

        FilesSkipped++;
        if (_typesSkipped.Count < TypesMax)
        {
            var type = Path.GetExtension(entry.Name).ToLowerInvariant();
            _typesSkipped.Add(type.Length > 0 ? type : "no extension");
        }

        return false;
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
