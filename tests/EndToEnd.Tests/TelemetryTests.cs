using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using ScoringCluster.DemoAssets;
using ScoringCluster.TestKit;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>What a real OpenTelemetry collector receives of one call.</summary>
public sealed class TelemetryTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private static readonly HashSet<string?> _spans = ["scoring.request", "scoring.execute", "scoring.batch"];

    private static readonly HashSet<string?> _metrics =
        ["scoring.requests", "scoring.request.duration", "scoring.batch.rows", "scoring.batches"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Otlp_OneCall_ArrivesAsOneTraceWithTheBatchLinkedToIt()
    {
        if (SharedData.Tools is not { } tools)
        {
            Assert.Skip("the shared collector is not beside the project");
            return;
        }

        using var folder = new TempFolder();
        var (port, httpPort) = (FreePort(), FreePort());
        using var collector = await StartCollector(tools, folder, port, httpPort);
        string text;
        try
        {
            DemoModel.Write(folder["model"]);
            DemoImages.Write(folder["images"], 3);
            var (process, url) = await ScoringProcess.Serve(
                ["--model", $"stripes={folder["model"]}", "--state", folder["state"]],
                ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"), ("OTEL_METRIC_EXPORT_INTERVAL", "200"));
            await using (process)
            {
                using var http = new HttpClient { BaseAddress = url };
                var image = Directory.GetFiles(folder["images"], "*.png", SearchOption.AllDirectories)[0];
                using var request = new HttpRequestMessage(HttpMethod.Post, "api/score/stripes")
                {
                    Content = new ByteArrayContent(await File.ReadAllBytesAsync(image, Token)),
                };
                request.Headers.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
                Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(request, Token)).StatusCode);
                Assert.Equal(0, await process.Terminate());
            }

            text = await Received(folder["otlp.jsonl"]);
        }
        finally
        {
            using var kill = Process.Start("kill", ["-TERM", $"{collector.Id}"]);
            await collector.WaitForExitAsync(Token).WaitAsync(ScoringProcess.Patience, Token);
        }

        var spans = Find(text, "spans").ToList();
        var request0 = Assert.Single(spans, s => Name(s) == "scoring.request");
        Assert.Equal(TraceId, request0.GetProperty("traceId").GetString());
        Assert.Single(spans, s => Name(s) == "scoring.execute");
        var batch = Assert.Single(spans, s => Name(s) == "scoring.batch");
        Assert.Contains(
            batch.GetProperty("links").EnumerateArray(), link => link.GetProperty("traceId").GetString() == TraceId);
        Assert.Superset(_metrics, Find(text, "metrics").Select(Name).ToHashSet());
    }

    /// <summary>
    /// What the collector wrote, once spans and metrics are in it. Waited for while the collector runs: stopped, it may
    /// close the file before the spans that it still holds.
    /// </summary>
    private static async Task<string> Received(string file)
    {
        var changes = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(file)!, Path.GetFileName(file));
        watcher.Changed += (_, _) => changes.Writer.TryWrite(true);
        watcher.EnableRaisingEvents = true;
        while (true)
        {
            var text = await File.ReadAllTextAsync(file, Token);
            text = text[..(text.LastIndexOf('\n') + 1)];
            var names = Find(text, "spans").Concat(Find(text, "metrics")).Select(Name).ToHashSet();
            if (names.IsSupersetOf(_spans) && names.IsSupersetOf(_metrics))
            {
                return text;
            }

            try
            {
                await changes.Reader.ReadAsync(Token).AsTask().WaitAsync(ScoringProcess.Patience, Token);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"The collector received only {string.Join(", ", names.Order())}.");
            }
        }
    }

    private static string? Name(JsonElement element) => element.GetProperty("name").GetString();

    /// <summary>Every element of every array of that name, at any depth of any line.</summary>
    private static IEnumerable<JsonElement> Find(string lines, string property) => lines
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(line => Descend(JsonDocument.Parse(line).RootElement, property));

    private static IEnumerable<JsonElement> Descend(JsonElement element, string property) => element.ValueKind switch
    {
        JsonValueKind.Object =>
            element.EnumerateObject().SelectMany(p => p.Name == property && p.Value.ValueKind == JsonValueKind.Array
            ? p.Value.EnumerateArray()
            : Descend(p.Value, property)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(e => Descend(e, property)),
        _ => [],
    };

    private static async Task<Process> StartCollector(string tools, TempFolder folder, int port, int httpPort)
    {
        using var unpack = Process.Start(
            new ProcessStartInfo(Path.Combine(tools, "unpack.sh")) { RedirectStandardOutput = true })!;
        var programs = (await unpack.StandardOutput.ReadToEndAsync(Token)).Trim();
        var start = new ProcessStartInfo(Path.Combine(programs, "otelcol")) { RedirectStandardError = true };
        start.ArgumentList.Add("--config");
        start.ArgumentList.Add(Path.Combine(tools, "otelcol.yaml"));
        start.Environment["OTLP_GRPC_PORT"] = $"{port}";
        start.Environment["OTLP_HTTP_PORT"] = $"{httpPort}";
        start.Environment["OTLP_FILE"] = folder["otlp.jsonl"];
        var process = Process.Start(start)!;
        while (true)
        {
            var line = await process.StandardError.ReadLineAsync(Token).AsTask()
                .WaitAsync(ScoringProcess.Patience, Token);
            Assert.NotNull(line);
            if (line.Contains("Everything is ready", StringComparison.Ordinal))
            {
                _ = process.StandardError.ReadToEndAsync(Token);
                return process;
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
