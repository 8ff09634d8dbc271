using System.CommandLine;
using Microsoft.AspNetCore.Http;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>A yardstick of <c>bench gateway</c>: Kestrel sends back the body.</summary>
internal static class EchoCommand
{
    public const string Name = "echo-server";

    public static Command Create()
    {
        var command = new Command(Name, "A yardstick: Kestrel sends back the body.") { Hidden = true };
        BenchRun.SetAction(command, (_, cancellationToken) => YardstickHost.RunAsync(EchoAsync, cancellationToken));
        return command;
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var body = await YardstickHost.ReadBodyAsync(context, header: 0);
        context.Response.ContentType = context.Request.ContentType;
        context.Response.ContentLength = body.Length;
        body.Bytes.CopyTo(context.Response.BodyWriter.GetSpan(body.Length));
        context.Response.BodyWriter.Advance(body.Length);
    }
}
