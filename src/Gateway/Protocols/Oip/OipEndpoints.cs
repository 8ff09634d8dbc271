using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Health;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>The Open Inference Protocol, version 2, over HTTP, with its binary tensor extension.</summary>
internal sealed class OipEndpoints(
    RouteTableHolder routes,
    Readiness readiness,
    ReplicaRouter router,
    RequestBodies bodies,
    InferRequestParser parser,
    TensorBlockPool pool,
    Calls calls)
{
    private const string Protocol = "oip-http";
    private const string HeaderLength = "Inference-Header-Content-Length";

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v2", ServerMetadataAsync);
        app.MapGet("/v2/health/live", Probes.Of(() => true));
        app.MapGet("/v2/health/ready", Probes.Of(() => readiness.IsReady));
        foreach (var model in (string[])["/v2/models/{model}", "/v2/models/{model}/versions/{version}"])
        {
            app.MapGet(model, ModelMetadataAsync);
            app.MapGet(model + "/ready", ModelReadyAsync);
            app.MapPost(model + "/infer", (HttpContext context) => calls.RunAsync(context, Protocol, InferAsync));
        }
    }

    private static async Task ServerMetadataAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Writing);
        json.WriteStartObject();
        json.WriteString("name", OipServer.Name);
        json.WriteString("version", OipServer.Version);
        json.WriteStartArray("extensions");
        foreach (var extension in OipServer.Extensions)
        {
            json.WriteStringValue(extension);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private Task ModelReadyAsync(HttpContext context)
    {
        var (_, fault) = Find(context);
        return fault is null ? Task.CompletedTask : HttpFaults.WriteAsync(context, fault);
    }

    private async Task ModelMetadataAsync(HttpContext context)
    {
        var (route, fault) = Find(context);
        ModelSignature? signature = null;
        if (route is not null)
        {
            (signature, fault) = route.Signature(context.Request.Query["signature_name"].FirstOrDefault());
        }

        if (signature is null)
        {
            await HttpFaults.WriteAsync(context, fault!);
            return;
        }

        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Writing);
        var model = route!.Entry.Model;
        json.WriteStartObject();
        json.WriteString("name", model.Name);
        json.WriteStartArray("versions");
        foreach (var entry in routes.VersionsOf(model.Name))
        {
            json.WriteStringValue(entry.Model.Version.ToString(CultureInfo.InvariantCulture));
        }

        json.WriteEndArray();
        json.WriteString("platform", OipServer.Platform);
        WriteTensors(json, "inputs", signature.Inputs);
        WriteTensors(json, "outputs", signature.Outputs);
        json.WriteStartObject("properties");
        foreach (var (key, value) in OipServer.Properties(route.Report))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTensors(Utf8JsonWriter json, string name, IEnumerable<TensorSpec> tensors)
    {
        json.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            json.WriteString("datatype", tensor.Type.ProtocolName());
            json.WriteStartArray("shape");
            foreach (var dimension in tensor.Shape.Dimensions)
            {
                json.WriteNumberValue(dimension);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private async Task InferAsync(CallScope call)
    {
        var context = call.Context;
        var (route, fault) = Find(context);
        if (route is null)
        {
            await call.FailAsync(fault!);
            return;
        }

        long? headerLength = null;
        if (context.Request.Headers.TryGetValue(HeaderLength, out var text))
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            {
                await call.FailAsync(
                    new ScoringFault(FaultKind.RequestInvalid, $"{HeaderLength} '{text}' is not a number of bytes."));
                return;
            }

            headerLength = length;
        }

        var (body, refused) = await bodies.ReadAsync(context);
        if (body is null)
        {
            await call.FailAsync(refused!);
            return;
        }

        using (body)
        {
            await InferAsync(call, route, body, headerLength);
        }
    }

    private async Task InferAsync(CallScope call, ModelRoute route, RequestBody body, long? headerLength)
    {
        var (parsed, fault) = parser.Parse(body.Bytes, headerLength, route);

        // Its tensors are in blocks of their own by now.
        body.Return();
        if (parsed is null)
        {
            await call.FailAsync(fault!);
            return;
        }

        call.Scored(route.Entry.Model, parsed.Rows);
        var answer = await router.ScoreAsync(route, parsed.Work(call, pool), call.Aborted);
        try
        {
            if (answer.Fault is not null)
            {
                await call.FailAsync(answer.Fault);
                return;
            }

            call.ShowOrigin(answer);
            await InferAnswerWriter.WriteAsync(call.Context, parsed.Request, answer);
        }
        finally
        {
            foreach (var output in answer.Outputs)
            {
                output.Dispose();
            }
        }
    }

    private (ModelRoute? Route, ScoringFault? Fault) Find(HttpContext context) => ModelRoute.Find(
        routes, (string)context.GetRouteValue("model")!, (string?)context.GetRouteValue("version"));
}
