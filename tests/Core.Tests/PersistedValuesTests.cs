namespace ScoringCluster.Core.Tests;

/// <summary>
/// Numbers that travel between processes of different versions and stand in job files. A failing test here means that
/// an old file or an old silo would be misread: add new values, never change these.
/// </summary>
public sealed class PersistedValuesTests
{
    [Fact]
    public void ElementTypes_KeepTheirNumbers() => Assert.Equal(
        "Bool=1 UInt8=2 UInt16=3 UInt32=4 UInt64=5 Int8=6 Int16=7 Int32=8 Int64=9 Float16=10 BFloat16=11 Float32=12 "
        + "Float64=13 Bytes=14",
        Numbers<ElementType>());

    [Fact]
    public void FaultKinds_KeepTheirNumbers() => Assert.Equal(
        "ModelUnknown=1 VersionUnknown=2 ModelNotReady=3 RequestInvalid=4 RequestTooLarge=5 Overloaded=6 "
        + "DeadlineExceeded=7 Cancelled=8 ReplicaGone=9 ModelFailed=10 InputUnreadable=11 PathRefused=12 JobUnknown=13 "
        + "JobConflict=14 ShardConflict=15 Internal=16 OutputUnwritable=17",
        Numbers<FaultKind>());

    [Fact]
    public void Lanes_KeepTheirNumbers() => Assert.Equal("Online=0 Archive=1", Numbers<Lane>());

    private static string Numbers<T>()
        where T : struct, Enum => string.Join(' ', Enum.GetValues<T>().Select(value => $"{value}={value:D}"));
}
