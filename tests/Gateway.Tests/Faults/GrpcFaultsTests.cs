using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;

namespace ScoringCluster.Gateway.Tests.Faults;

public sealed class GrpcFaultsTests
{
    /// <summary>The two protocols may not disagree on who has to act: the caller, the server, or nobody.</summary>
    [Fact]
    public void Status_OfEveryFault_BlamesTheSameSideAsHttp() => Assert.All(Enum.GetValues<FaultKind>(), kind =>
    {
        var http = HttpFaults.StatusOf(kind);
        var code = GrpcFaults.StatusOf(kind);
        Assert.Equal(http switch
        {
            400 => Grpc.Core.StatusCode.InvalidArgument,
            403 => Grpc.Core.StatusCode.PermissionDenied,
            404 => Grpc.Core.StatusCode.NotFound,
            409 => Grpc.Core.StatusCode.AlreadyExists,
            413 => Grpc.Core.StatusCode.ResourceExhausted,
            499 => Grpc.Core.StatusCode.Cancelled,
            503 => Grpc.Core.StatusCode.Unavailable,
            504 => Grpc.Core.StatusCode.DeadlineExceeded,
            _ => Grpc.Core.StatusCode.Internal,
        }, code);
    });

    public static TheoryData<string, int> LongMessages() => new()
    {
        { "x", 1 }, { "%", 3 }, { "\n", 3 }, { "ä", 6 }, { "鷲", 9 }, { "🦉", 12 },
    };

    /// <param name="character">What the message consists of.</param>
    /// <param name="bytes">What each takes in the header.</param>
    [Theory]
    [MemberData(nameof(LongMessages))]
    public void ToException_OfALongMessage_HasWhatAHeaderMayHave(string character, int bytes)
    {
        var most = Limits.GrpcStatusBytesMax / bytes;

        Assert.Equal(Text(most), Detail(Text(most)));
        Assert.Equal(Text((Limits.GrpcStatusBytesMax - 9) / bytes) + "…", Detail(Text(most + 1)));
        Assert.Equal(Text((Limits.GrpcStatusBytesMax - 9) / bytes) + "…", Detail(Text(100_000)));

        string Text(int count) => string.Concat(Enumerable.Repeat(character, count));
    }

    private static string Detail(string message) =>
        GrpcFaults.ToException(new ScoringFault(FaultKind.ModelUnknown, message)).Status.Detail;
}
