namespace ScoringCluster.Core.Tests;

/// <summary>How the limits relate: what one admits, the next must be able to take.</summary>
public sealed class LimitsTests
{
    [Fact]
    public void Message_HoldsTheLargestRequestAndItsHeaders() =>
        Assert.InRange(Limits.MessageBytesMax - Limits.MessageTensorBytesMax, 64 << 10, int.MaxValue);

    [Fact]
    public void Message_HasRoomForTheTensorsOfTheLargestRequest() =>
        Assert.InRange(Limits.MessageTensorBytesMax, Limits.RequestBytesMax, int.MaxValue);

    [Fact]
    public void CallersThread_IsKeptForLessThanAnybodyNotices() =>
        Assert.InRange(Limits.CallersThreadTimeMax, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));

    [Fact]
    public void MessageTarget_IsBelowTheMaximum() =>
        Assert.InRange(Limits.MessageBytesTarget, 1, Limits.MessageBytesMax - 1);

    [Fact]
    public void Image_OfTheLargestFile_FitsARequest() =>
        Assert.InRange(Limits.ImageBytesMax, 1, Limits.RequestBytesMax);

    [Fact]
    public void Image_OfTheMostPixels_DecodesIntoOneBlock() =>
        Assert.InRange(Limits.ImagePixelsMax * 4, 1, int.MaxValue);

    [Fact]
    public void Request_OfTheMostImages_HasRowsForEach() =>
        Assert.InRange(Limits.ImagesPerRequestMax, 1, Limits.RowsPerRequestMax);

    [Fact]
    public void Gateway_HoldsSeveralOfTheLargestRequests() =>
        Assert.InRange(Limits.GatewayBytesInFlightMax / Limits.RequestBytesMax, 4, long.MaxValue);

    [Fact]
    public void Pool_KeepsSeveralOfTheLargestMessages() =>
        Assert.InRange(Limits.PooledBytesMax / Limits.MessageBytesMax, 2, long.MaxValue);

    [Fact]
    public void ManifestImage_CanBeOneByTheLongestSide_WithinARequest() =>
        Assert.InRange(Limits.ManifestImageSideMax * 3L * sizeof(float), 1, Limits.RequestBytesMax);

    [Fact]
    public void ManifestText_HasRoomForTheMostClasses() =>
        Assert.InRange((long)Limits.ManifestClassesMax * Limits.ManifestNameLengthMax, 1, Limits.ManifestLengthMax);

    [Fact]
    public void Deadline_OfACallThatNamesNone_IsOneItCouldAskFor() =>
        Assert.InRange(Limits.RequestTimeDefault, TimeSpan.FromSeconds(1), Limits.RequestTimeMax);

    [Fact]
    public void GrpcStatus_HoldsAWholeFaultInEnglish_AndLeavesClientsRoomForTheOtherTrailers() =>
        Assert.InRange(Limits.GrpcStatusBytesMax, Limits.FaultMessageLengthMax, (8 << 10) - (1 << 10));

    [Fact]
    public void FaultMessage_HasRoomForTheMostViolationsListed() =>
        Assert.InRange(Limits.FaultMessageLengthMax / Limits.ViolationsListedMax, 100, int.MaxValue);

    [Fact]
    public void Job_HasRoomForMoreInputsThanA32BitNumber() =>
        Assert.InRange(Limits.JobInputsMax, 1L + int.MaxValue, long.MaxValue);
}
