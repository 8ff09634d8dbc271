namespace ScoringCluster.Core;

/// <summary>
/// The type of a tensor's elements, with the names of the Open Inference Protocol.
/// The numbers travel between processes and stand in job files: they never change.
/// </summary>
public enum ElementType
{
    Bool = 1,
    UInt8 = 2,
    UInt16 = 3,
    UInt32 = 4,
    UInt64 = 5,
    Int8 = 6,
    Int16 = 7,
    Int32 = 8,
    Int64 = 9,
    Float16 = 10,
    BFloat16 = 11,
    Float32 = 12,
    Float64 = 13,

    /// <summary>Strings: every element is a little-endian uint32 length followed by that many bytes.</summary>
    Bytes = 14,
}
