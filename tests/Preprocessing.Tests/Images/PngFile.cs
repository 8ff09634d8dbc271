using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ScoringCluster.Preprocessing.Tests.Images;

/// <summary>PNG files of kinds that no encoder at hand writes: palettes, 16 bits, grey with alpha, lies.</summary>
internal sealed class PngFile(int width, int height, byte bitDepth, PngColor color)
{
    private readonly List<(string Type, byte[] Data)> _before = [];

    /// <summary>A chunk between header and pixels.</summary>
    public PngFile With(string type, params byte[] data)
    {
        _before.Add((type, data));
        return this;
    }

    /// <param name="samples">Rows of packed samples, without filter bytes; may hold fewer rows than declared.</param>
    public byte[] Encode(byte[] samples)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bitDepth, (byte)color);
        Write(file, "IHDR", header);
        foreach (var (type, data) in _before)
        {
            Write(file, type, data);
        }

        Write(file, "IDAT", Deflate(Filtered(samples)));
        Write(file, "IEND", []);
        return file.ToArray();
    }

    private byte[] Filtered(byte[] samples)
    {
        var perPixel = color switch
        {
            PngColor.Grey or PngColor.Palette => 1,
            PngColor.GreyAlpha => 2,
            PngColor.Rgb => 3,
            PngColor.Rgba => 4,
        };
        var rowBytes = Math.Max(1, ((width * perPixel * bitDepth) + 7) / 8);
        return [.. samples.Chunk(rowBytes).SelectMany(row => row.Prepend((byte)0))];
    }

    private static byte[] Deflate(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal))
        {
            zlib.Write(data);
        }

        return packed.ToArray();
    }

    private static void Write(Stream file, string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32(body));
        file.Write(number);
    }

    public static uint Crc32(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }
        }

        return ~crc;
    }
}

/// <summary>The format's numbers of colour types.</summary>
public enum PngColor : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}
