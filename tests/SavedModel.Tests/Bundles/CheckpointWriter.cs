using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using ScoringCluster.SavedModel.Bundles;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Tests.Bundles;

/// <summary>Writes a checkpoint of one data file for tests.</summary>
internal sealed class CheckpointWriter
{
    private readonly SortedDictionary<string, BundleEntryProto> _entries = new(StringComparer.Ordinal);
    private readonly List<byte> _data = [];

    public CheckpointWriter Add(string key, params float[] values) =>
        Add(key, DataType.DtFloat, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), values.Length);

    public CheckpointWriter AddString(string key, byte[] value)
    {
        var crc = new Crc32C();
        var length = new byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32LittleEndian(length, value.Length);
        crc.Append(length);
        var checksum = BitConverter.GetBytes(crc.Masked);
        crc.Append(checksum);
        crc.Append(value);
        Add(key, DataType.DtString, [.. TableWriter.Varint((ulong)value.Length), .. checksum, .. value], []);
        _entries[key].Crc32C = crc.Masked;
        return this;
    }

    public CheckpointWriter Change(string key, Action<BundleEntryProto> change)
    {
        change(_entries[key]);
        return this;
    }

    public void Write(TemporaryFolder folder)
    {
        var header = new BundleHeaderProto { NumShards = 1, Version = new VersionDef { Producer = 1 } };
        var entries = _entries
            .Select(entry => KeyValuePair.Create(Encoding.UTF8.GetBytes(entry.Key), entry.Value.ToByteArray()))
            .Prepend(new([], header.ToByteArray()));
        folder.Write("variables/variables.index", TableWriter.Write(entries, 3, compress: false));
        folder.Write("variables/variables.data-00000-of-00001", _data.ToArray());
    }

    private CheckpointWriter Add(string key, DataType type, byte[] stored, params long[] shape)
    {
        _entries.Add(key, new BundleEntryProto
        {
            Dtype = type,
            Shape = ModelBuilder.ShapeProto(shape),
            Offset = _data.Count,
            Size = stored.Length,
            Crc32C = Crc32C.Mask(stored),
        });
        _data.AddRange(stored);
        return this;
    }
}
