using System.Text;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;

namespace ScoringCluster.Gateway.Tests.Faults;

public sealed class HttpFaultsTests
{
    [Fact]
    public void StatusOf_EveryFault_IsAnErrorsStatus() =>
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.InRange(HttpFaults.StatusOf(kind), 400, 599));

    [Theory]
    [InlineData(0, "1", "1")]
    [InlineData(1, "1", "1")]
    [InlineData(999, "1", "999")]
    [InlineData(1001, "2", "1001")]
    [InlineData(90_000, "90", "90000")]
    public async Task Write_Overload_SaysWhenToComeBack(int milliseconds, string seconds, string exactly)
    {
        var (context, body) = Context();

        await HttpFaults.WriteAsync(context, new ScoringFault(FaultKind.Overloaded, "full \"now\" – später")
        {
            RetryAfter = TimeSpan.FromMilliseconds(milliseconds),
        });

        await context.Response.CompleteAsync();
        Assert.Equal(503, context.Response.StatusCode);
        Assert.Equal(seconds, context.Response.Headers.RetryAfter);
        Assert.Equal(exactly, context.Response.Headers["Retry-After-Ms"]);
        Assert.Equal("""{"error":"full \"now\" – später"}""", Encoding.UTF8.GetString(body.ToArray()));
    }

    private static (HttpContext Context, MemoryStream Body) Context()
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Response.Body = body;
        return (context, body);
    }
}
