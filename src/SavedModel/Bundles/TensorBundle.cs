using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>
/// A checkpoint: <c>variables.index</c> and its data files. Values are read when asked for; every one is checked
/// against its size and CRC-32C.
/// </summary>
internal sealed class TensorBundle
{
    /// <summary>The version of the bundle format that this reader knows.</summary>
    private const int FormatVersion = 1;

    private readonly string _prefix;
    private readonly int _shards;
    private readonly Dictionary<string, BundleEntryProto> _entries = new(StringComparer.Ordinal);

    private TensorBundle(string prefix, BundleHeaderProto header)
    {
        _prefix = prefix;
        _shards = header.NumShards;
    }

    public IReadOnlyCollection<string> Keys => _entries.Keys;

    /// <summary>True where the folder holds a checkpoint at all; a graph of constants has none.</summary>
    public static bool Exists(string prefix) => File.Exists(prefix + ".index");

    /// <param name="prefix">The files' common path: <c>…/variables/variables</c>.</param>
    public static TensorBundle Open(string prefix)
    {
        var name = Path.GetFileName(prefix) + ".index";
        TensorBundle? bundle = null;
        foreach (var (key, value) in IndexTable.Read(prefix + ".index"))
        {
            try
            {
                if (bundle is null)
                {
                    bundle = new TensorBundle(prefix, Header(key, value, name));
                }
                else
                {
                    bundle._entries.Add(Encoding.UTF8.GetString(key), BundleEntryProto.Parser.ParseFrom(value));
                }
            }
            catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException)
            {
                throw new SavedModelException(
                    $"{name} is corrupt: the entry '{Encoding.UTF8.GetString(key)}' cannot be read.", e);
            }
        }

        return bundle ?? throw new SavedModelException($"{name} is corrupt: it holds no entry.");
    }

    public bool Contains(string key) => _entries.ContainsKey(key);

    public TensorShape ShapeOf(string key) => ProtoTensors.Shape(_entries[key].Shape);

    /// <summary>Bytes of a value as stored.</summary>
    public long SizeOf(string key) => _entries[key].Size;

    /// <exception cref="SavedModelException">The value is missing, cut off, damaged or of a type that cannot be
    /// read.</exception>
    public ConstantTensor Read(string key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            throw new SavedModelException($"Variable '{key}' is not in {Path.GetFileName(_prefix)}.index.");
        }

        if (entry.Slices.Count > 0)
        {
            throw new SavedModelException(
                $"Variable '{key}' is partitioned, which this reader does not support.")
            { Unsupported = true };
        }

        var shape = ProtoTensors.Shape(entry.Shape);
        if (entry.Dtype == DataType.DtString)
        {
            return new ConstantTensor(shape, Strings(key, entry, shape.ElementCount()));
        }

        var type = DataTypes.ElementTypeOf(entry.Dtype)
            ?? throw new SavedModelException(
                $"Variable '{key}' has the type {DataTypes.NameOf(entry.Dtype)}, which no tensor here can have.");
        if (ProtoTensors.ByteCount(type, shape, key) != entry.Size)
        {
            throw new SavedModelException(
                $"Variable '{key}' is corrupt: {type.ProtocolName()}{shape} does not have {entry.Size} bytes.");
        }

        var bytes = Bytes(key, entry);
        return Crc32C.Mask(Crc32C.Compute(bytes)) == entry.Crc32C
            ? new ConstantTensor(type, shape, bytes)
            : throw BadChecksum(key, entry);
    }

    private static BundleHeaderProto Header(byte[] key, byte[] value, string name)
    {
        if (key.Length != 0)
        {
            throw new SavedModelException($"{name} is corrupt: its first entry is not the header.");
        }

        var header = BundleHeaderProto.Parser.ParseFrom(value);
        if (header.Endianness != 0)
        {
            throw new SavedModelException($"{name} was written on a big-endian machine, which is not supported.");
        }

        return header.Version?.MinConsumer > FormatVersion
            ? throw new SavedModelException(
                $"{name} needs a reader of format {header.Version.MinConsumer}; this one knows {FormatVersion}.")
            : header;
    }

    private byte[] Bytes(string key, BundleEntryProto entry)
    {
        var file = ShardFile(entry.ShardId);
        if (entry.ShardId < 0 || entry.ShardId >= _shards || !File.Exists(file))
        {
            throw new SavedModelException($"{Path.GetFileName(file)} is missing; it holds variable '{key}'.");
        }

        using var handle = File.OpenHandle(file);
        var length = RandomAccess.GetLength(handle);
        if (entry.Offset < 0 || entry.Size < 0 || entry.Size > length || entry.Offset > length - entry.Size)
        {
            throw new SavedModelException(
                $"{Path.GetFileName(file)} is truncated: variable '{key}' ends at byte {entry.Offset + entry.Size}, "
                    + $"the file at {length}.");
        }

        if (entry.Size > Array.MaxLength)
        {
            throw new SavedModelException($"Variable '{key}' has {entry.Size} bytes; the limit is {Array.MaxLength}.");
        }

        var bytes = GC.AllocateUninitializedArray<byte>((int)entry.Size);
        var read = 0;
        while (read < bytes.Length)
        {
            var got = RandomAccess.Read(handle, bytes.AsSpan(read), entry.Offset + read);
            read += got > 0 ? got
                : throw new SavedModelException($"{Path.GetFileName(file)} is truncated in variable '{key}'.");
        }

        return bytes;
    }

    /// <summary>Lengths as varints, their checksum, then the bytes; the sum covers the lengths as fixed-size
    /// numbers.</summary>
    private List<ReadOnlyMemory<byte>> Strings(string key, BundleEntryProto entry, long count)
    {
        var bytes = Bytes(key, entry);
        var cursor = new Cursor(bytes, 0, bytes.Length, $"Variable '{key}'");
        if (count > bytes.Length)
        {
            throw new SavedModelException(
                $"Variable '{key}' is corrupt: {count} strings do not fit into {bytes.Length} bytes.");
        }

        var lengths = new ulong[count];
        var sum = uint.MaxValue;
        Span<byte> number = stackalloc byte[8];
        for (var i = 0; i < lengths.Length; i++)
        {
            lengths[i] = cursor.Varint();
            BinaryPrimitives.WriteUInt64LittleEndian(number, lengths[i]);
            sum = Crc32C.Append(sum, lengths[i] <= uint.MaxValue ? number[..4] : number);
        }

        var lengthsSum = cursor.Take(4);
        if (BinaryPrimitives.ReadUInt32LittleEndian(lengthsSum) != Crc32C.Mask(~sum))
        {
            throw BadChecksum(key, entry);
        }

        sum = Crc32C.Append(sum, lengthsSum);
        var strings = new List<ReadOnlyMemory<byte>>(lengths.Length);
        foreach (var length in lengths)
        {
            var at = cursor.Read;
            sum = Crc32C.Append(sum, cursor.Take(length));
            strings.Add(bytes.AsMemory(at, (int)length));
        }

        return Crc32C.Mask(~sum) == entry.Crc32C ? strings : throw BadChecksum(key, entry);
    }

    private string ShardFile(int shard) => $"{_prefix}.data-{shard:00000}-of-{_shards:00000}";

    private SavedModelException BadChecksum(string key, BundleEntryProto entry) => new(
        $"Variable '{key}' in {Path.GetFileName(ShardFile(entry.ShardId))} is corrupt: its checksum does not match.");
}
