namespace ScoringCluster.SavedModel.Bundles;

/// <summary>Walks a part of a byte array and never leaves it: what is declared is checked against what is
/// there.</summary>
internal sealed class Cursor(byte[] bytes, int start, int end, string name)
{
    private readonly int _start = start;
    private int _at = start;

    public bool AtEnd => _at >= end;

    /// <summary>How many bytes were read.</summary>
    public int Read => _at - _start;

    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_at >= end)
            {
                throw new SavedModelException($"{name} is truncated or corrupt: a number ends past the end.");
            }

            var next = bytes[_at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new SavedModelException($"{name} is corrupt: a number is too long.");
    }

    public ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(end - _at))
        {
            throw new SavedModelException(
                $"{name} is truncated or corrupt: {length} bytes are declared and {end - _at} are there.");
        }

        var taken = bytes.AsSpan(_at, (int)length);
        _at += (int)length;
        return taken;
    }
}
