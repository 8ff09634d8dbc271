using System.IO.Compression;
using Parquet;

namespace ScoringCluster.Archive;

/// <summary>One way of writing Parquet, so that the same rows are the same bytes everywhere.</summary>
internal static class ParquetSettings
{
    public static ParquetOptions Create() => new()
    {
        CompressionMethod = CompressionMethod.Zstd,
        CompressionLevel = CompressionLevel.Optimal,
    };
}
