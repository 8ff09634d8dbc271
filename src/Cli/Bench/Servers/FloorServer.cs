using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>
/// Bytes from Kestrel into a pooled block, that block into ONNX Runtime, its output out again. No queue but a counter
/// of executions, no batch but what one request brings.
/// </summary>
internal sealed class FloorServer : IDisposable
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    private readonly BenchModel _model;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly SemaphoreSlim _slots;
    private readonly ConcurrentDictionary<int, byte[]> _headers = new();
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;

    /// <param name="slots">Executions at the same time, of one thread each: as the engine has them.</param>
    public FloorServer(BenchModel model, int slots)
    {
        _model = model;
        _slots = new SemaphoreSlim(slots);
        _inputNames = [.. model.Program.InputNames];
        _outputNames = [.. model.Program.OutputNames];
        using var options = OnnxSessionOptions.Create(threads: 1);
        _session = new InferenceSession(model.Program.Bytes, options);
    }

    public async Task HandleAsync(HttpContext context)
    {
        var text = context.Request.Headers[HeaderLength];
        var header = text.Count == 0 ? 0 : int.Parse(text[0]!, CultureInfo.InvariantCulture);
        using var body = await YardstickHost.ReadBodyAsync(context, header);
        Tensor[]? parsed = null;
        try
        {
            OrtValue[] inputs;
            int rows;
            if (header > 0)
            {
                (inputs, rows) = Binary(body, header);
            }
            else
            {
                parsed = FloorJson.Read(body.Bytes, _model);
                (inputs, rows) = ([.. parsed.Select(BareSlot.Bind)], (int)parsed[0].Shape[0]);
            }

            var outputs = await RunAsync(inputs, rows);
            Answer(context.Response, outputs, rows, binary: header > 0);
            Array.ForEach(outputs, output => output.Dispose());
        }
        finally
        {
            Array.ForEach(parsed ?? [], tensor => tensor.Dispose());
        }
    }

    /// <summary>One block an input, in the signature's order; the caller owns the outputs.</summary>
    public async Task<Tensor[]> RunAsync(WireBytes[] blocks, int rows)
    {
        Tensor[] inputs = [.. blocks.Zip(_model.Signature.Inputs, (bytes, spec) => new Tensor(
            spec.Name, spec.Type, spec.Shape.WithRows(rows), bytes.Take(), bytes.Length))];
        try
        {
            return await RunAsync([.. inputs.Select(BareSlot.Bind)], rows);
        }
        finally
        {
            Array.ForEach(inputs, input => input.Dispose());
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
        _slots.Dispose();
    }

    /// <summary>The inputs lie in the body one after the other.</summary>
    private (OrtValue[] Inputs, int Rows) Binary(PooledBody body, int header)
    {
        var rows = (int)((body.Length - header) / _model.RowBytes);
        var at = body.Block.Pointer + body.Start + header;
        var inputs = new OrtValue[_inputNames.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            var spec = _model.Signature.Inputs[i];
            var length = BenchModel.Elements(spec) * rows * spec.Type.Size();
            inputs[i] = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, BareSlot.TypeOf(spec.Type),
                spec.Shape.WithRows(rows).Dimensions.ToArray(), at, length);
            at += (nint)length;
        }

        return (inputs, rows);
    }

    private async Task<Tensor[]> RunAsync(OrtValue[] inputs, int rows)
    {
        Tensor[] outputs = [.. _model.Signature.Outputs.Select(spec =>
            Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape.WithRows(rows)))];
        OrtValue[] bound = [.. outputs.Select(BareSlot.Bind)];
        await _slots.WaitAsync();
        try
        {
            _session.Run(_options, _inputNames, inputs, _outputNames, bound);
        }
        finally
        {
            _slots.Release();
            Array.ForEach(inputs, value => value.Dispose());
            Array.ForEach(bound, value => value.Dispose());
        }

        return outputs;
    }

    private void Answer(HttpResponse response, Tensor[] outputs, int rows, bool binary)
    {
        if (!binary)
        {
            response.ContentType = "application/json";
            FloorJson.Write(response.BodyWriter, _model, outputs, binary: false);
            return;
        }

        // The same for every answer of so many rows.
        var header = _headers.GetOrAdd(rows, _ =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            FloorJson.Write(buffer, _model, outputs, binary: true);
            return buffer.WrittenSpan.ToArray();
        });
        response.ContentType = "application/octet-stream";
        response.ContentLength = header.Length + outputs.Sum(output => (long)output.ByteLength);
        response.Headers[HeaderLength] = header.Length.ToString(CultureInfo.InvariantCulture);
        response.BodyWriter.Write(header);
        foreach (var output in outputs)
        {
            response.BodyWriter.Write(output.Bytes);
        }
    }
}
