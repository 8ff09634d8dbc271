using System.Text;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.SavedModel.Types;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>
/// A checkpoint: an index of names and data files that hold the tensors. Every size is compared with the real files
/// before memory is taken, every checksum is verified when a tensor is read. Not for concurrent use.
/// </summary>
internal sealed class TensorBundle : IDisposable
{
    /// <summary>The only version there is; a later one says here that old readers would misread it.</summary>
    private const int VersionRead = 1;

    private readonly string _index;
    private readonly Dictionary<string, BundleEntryProto> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConstantTensor> _read = new(StringComparer.Ordinal);
    private readonly BundleShards _shards;

    private TensorBundle(string prefix)
    {
        _index = prefix + ".index";
        var header = ReadIndex();
        _shards = new BundleShards(prefix, header.NumShards);
    }

    public IReadOnlyCollection<string> Keys => _entries.Keys;

    /// <summary>Opens <c>prefix.index</c>; data files are opened when a tensor of theirs is read.</summary>
    /// <exception cref="SavedModelException">The index is damaged.</exception>
    public static TensorBundle Open(string prefix) => new(prefix);

    public BundleEntryProto? Find(string key) => _entries.GetValueOrDefault(key);

    /// <summary>Reads and verifies one tensor, once.</summary>
    /// <exception cref="SavedModelException">
    /// The tensor or its data file is missing, damaged or of a kind that cannot be read.
    /// </exception>
    public ConstantTensor Read(string key)
    {
        if (!_read.TryGetValue(key, out var tensor))
        {
            tensor = ReadStored(key);
            _read.Add(key, tensor);
        }

        return tensor;
    }

    public void Dispose() => _shards.Dispose();

    private ConstantTensor ReadStored(string key)
    {
        var entry = Find(key)
            ?? throw new SavedModelException($"The variable '{key}' is not found in {_index}.");
        if (entry.Slices.Count > 0)
        {
            throw new SavedModelException($"The variable '{key}' in {_index} is partitioned into slices, which is not "
                + "supported; save it whole.")
            { Unsupported = true };
        }

        var type = entry.Dtype.ToElementType() ?? throw new SavedModelException(
            $"The variable '{key}' in {_index} has the type {entry.Dtype.TensorFlowName()}, which is not supported.")
        { Unsupported = true };
        var owner = $"The variable '{key}' in {_index}";
        var shape = entry.Shape.ToShape();
        var count = shape.CountElements(owner);
        if (type != ElementType.Bytes && (count > entry.Size || entry.Size != count * type.Size()))
        {
            throw new SavedModelException($"{owner} is {type.ProtocolName()}{shape} but has the size {entry.Size}.");
        }

        var bytes = _shards.Read(key, entry);
        return type == ElementType.Bytes
            ? new ConstantTensor(shape, SplitStrings(key, entry, bytes, count))
            : new ConstantTensor(type, shape, Verified(key, entry, bytes, Crc32C.Mask(bytes)));
    }

    private BundleHeaderProto ReadIndex()
    {
        try
        {
            BundleHeaderProto? header = null;
            foreach (var (key, value) in TableReader.Read(File.ReadAllBytes(_index)))
            {
                if (key.Length == 0)
                {
                    header = BundleHeaderProto.Parser.ParseFrom(value.Span);
                }
                else if (key[0] != 0)
                {
                    // A key that starts with zero is a slice of a partitioned variable.
                    _entries[Encoding.UTF8.GetString(key)] = BundleEntryProto.Parser.ParseFrom(value.Span);
                }
            }

            return Checked(header);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException or IOException
            or UnauthorizedAccessException)
        {
            throw new SavedModelException($"{_index} cannot be read: {e.Message}.", e);
        }
    }

    private static BundleHeaderProto Checked(BundleHeaderProto? header)
    {
        if (header is null)
        {
            throw new InvalidDataException("corrupt: it has no header entry");
        }

        if (header.Endianness != BundleHeaderProto.Types.Endianness.Little)
        {
            throw new InvalidDataException("it was written big-endian, which is not supported");
        }

        return header.Version is { MinConsumer: > VersionRead }
            ? throw new InvalidDataException($"it needs a reader of version {header.Version.MinConsumer}")
            : header;
    }

    private byte[] Verified(string key, BundleEntryProto entry, byte[] bytes, uint masked) =>
        masked == entry.Crc32C
            ? bytes
            : throw new SavedModelException($"The variable '{key}' in {_shards.PathOf(entry.ShardId)} is corrupt: its "
                + "checksum does not match.");

    private ReadOnlyMemory<byte>[] SplitStrings(string key, BundleEntryProto entry, byte[] bytes, long count)
    {
        try
        {
            var strings = StringTensors.Split(bytes, count, out var masked);
            Verified(key, entry, bytes, masked);
            return strings;
        }
        catch (InvalidDataException e)
        {
            throw new SavedModelException($"The variable '{key}' in {_shards.PathOf(entry.ShardId)} cannot be read: "
                + $"{e.Message}.", e);
        }
    }
}
