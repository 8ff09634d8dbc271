using System.Buffers.Binary;

namespace ScoringCluster.Gateway.Tests.Protocols.Images;

/// <summary>Bitmaps of 2×2 pixels of one grey.</summary>
internal static class TestPictures
{
    public static byte[] Grey(byte value)
    {
        const int header = 54;
        const int row = 8;
        var file = new byte[header + (2 * row)];
        "BM"u8.CopyTo(file);
        Write(2, file.Length);
        Write(10, header);
        Write(14, 40);
        Write(18, 2);
        Write(22, 2);
        Write(26, 1 | (24 << 16));
        Write(34, 2 * row);
        file.AsSpan(header, 6).Fill(value);
        file.AsSpan(header + row, 6).Fill(value);
        return file;

        void Write(int at, int number) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), number);
    }
}
