using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ScoringCluster.Archive.Inputs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Rows;

/// <summary>
/// Reads the files of an archive one at a time into a buffer that grows to the largest. Not thread-safe.
/// </summary>
/// <param name="open">How a file is opened; given by tests.</param>
internal sealed class FileRows(string root, Func<string, SafeFileHandle>? open = null) : IDisposable
{
    private byte[] _buffer = [];

    /// <summary>
    /// The bytes of one file, valid until the next call, and their SHA-256. Messages name what is wrong in words that
    /// are the same on every machine, since they stand in error files that a rerun must write alike.
    /// </summary>
    /// <returns>Null, or what is wrong with this file: it is gone, changed or denied.</returns>
    /// <exception cref="IOException">
    /// The system failed (too many open files, an input error, a stale handle): that says nothing of the row, and
    /// another try may read it.
    /// </exception>
    public ScoringFault? Read(InputRow input, out ReadOnlySpan<byte> bytes, out string sha256)
    {
        bytes = default;
        sha256 = "";
        if (input.Size > Limits.ImageBytesMax)
        {
            return Unreadable($"has {input.Size} bytes, more than {Limits.ImageBytesMax}");
        }

        try
        {
            using var file = (open ?? Open)(Path.Combine(root, input.Path));
            var length = RandomAccess.GetLength(file);
            if (length != input.Size)
            {
                return Unreadable($"changed since the job was planned: {length} bytes, was {input.Size}");
            }

            if (InputRow.Nanoseconds(File.GetLastWriteTimeUtc(file)) != input.Modified)
            {
                return Unreadable("changed since the job was planned: its modification time differs");
            }

            Grow((int)length);
            var read = 0;
            while (read < length
                && RandomAccess.Read(file, _buffer.AsSpan(read, (int)length - read), read) is > 0 and var n)
            {
                read += n;
            }

            if (read < length)
            {
                return Unreadable($"changed since the job was planned: {read} bytes, was {input.Size}");
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Unreadable("changed since the job was planned: it is gone");
        }
        catch (UnauthorizedAccessException)
        {
            return Unreadable("cannot be opened: permission denied");
        }
        catch (IOException exception) when (Posix.IsNoFolder(exception))
        {
            return Unreadable("changed since the job was planned: it is gone");
        }

        bytes = _buffer.AsSpan(0, (int)input.Size);
        sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return null;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Grow(int length)
    {
        if (_buffer.Length < length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(length);
        }
    }

    private static SafeFileHandle Open(string path) => File.OpenHandle(path);

    private static ScoringFault Unreadable(string message) =>
        new(FaultKind.InputUnreadable, $"The file {message}");
}
