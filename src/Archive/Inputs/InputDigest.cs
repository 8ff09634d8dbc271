using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ScoringCluster.Archive.Inputs;

/// <summary>Digest of a list of inputs: SHA-256 over path, a zero byte, size and time of each, in order.</summary>
internal sealed class InputDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Rows { get; private set; }

    public void Add(InputRow row)
    {
        Span<byte> numbers = stackalloc byte[1 + (2 * sizeof(long))];
        numbers[0] = 0;
        BinaryPrimitives.WriteInt64LittleEndian(numbers[1..], row.Size);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[(1 + sizeof(long))..], row.Modified);
        _hash.AppendData(Encoding.UTF8.GetBytes(row.Path));
        _hash.AppendData(numbers);
        Rows++;
    }

    /// <summary>Lower-case hexadecimal of all added so far; starts anew.</summary>
    public string Take() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
