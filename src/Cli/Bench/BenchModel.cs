using System.Runtime.InteropServices;
using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Cli.Bench;

/// <summary>The model that a bench is about, and rows for it: the same ones in every run.</summary>
internal sealed class BenchModel
{
    private const int Seed = 20_240_117;

    private BenchModel(string name, string folder, OnnxProgram program)
    {
        Name = name;
        Folder = folder;
        Program = program;
        RowBytes = program.Signature.Inputs.Sum(spec => Elements(spec) * spec.Type.Size());
    }

    public string Name { get; }

    public string Folder { get; }

    /// <summary>The translated model, which every yardstick runs.</summary>
    public OnnxProgram Program { get; }

    public ModelSignature Signature => Program.Signature;

    /// <summary>Bytes of one row of all inputs.</summary>
    public long RowBytes { get; }

    /// <exception cref="CommandException">The folder holds no model, or one that cannot be benched.</exception>
    public static BenchModel Open(string folder, string? signature)
    {
        OnnxProgram program;
        try
        {
            program = OnnxProgram.Translate(folder, signature);
        }
        catch (ModelLoadException e)
        {
            throw new CommandException(e.Message);
        }

        var unfit = program.Signature.Inputs.Concat(program.Signature.Outputs)
            .FirstOrDefault(s => !s.HasFixedRows);
        if (!program.Signature.Batched || unfit is not null)
        {
            throw new CommandException(
                $"A bench takes signatures with a batch axis and numbers in rows of a fixed shape; "
                    + $"'{program.Signature.Name}' has {unfit?.ToString() ?? "no batch axis"}.");
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var name = Path.GetFileName(full);
        name = name == "saved_model" ? Path.GetFileName(Path.GetDirectoryName(full)!) : name;
        return new BenchModel(ModelRef.IsName(name) ? name : "model", full, program);
    }

    /// <summary>
    /// Rows of random numbers, real ones in [0,1), whose scale differs from row to row: to rows of noise alone many
    /// models answer nearly the same, and a swapped answer would not show. The caller disposes them.
    /// </summary>
    public Tensor[] Inputs(int rows, int variant)
    {
        var random = new Random(Seed + variant);
        return [.. Signature.Inputs.Select(spec =>
        {
            var tensor = Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape.WithRows(rows));
            Fill(tensor, random);
            return tensor;
        })];
    }

    /// <summary>The shape of a row is fixed: checked when the model was opened.</summary>
    public static long Elements(TensorSpec spec)
    {
        _ = spec.Shape.TryGetRowElements(out var elements);
        return elements;
    }

    private static void Fill(Tensor tensor, Random random)
    {
        var rows = (int)tensor.Shape[0];
        var bytes = tensor.ByteLength / rows;
        for (var row = 0; row < rows; row++)
        {
            FillRow(tensor.Bytes.Slice(row * bytes, bytes), tensor.Type, random.NextSingle(), random);
        }
    }

    private static void FillRow(Span<byte> row, ElementType type, float scale, Random random)
    {
        switch (type)
        {
            case ElementType.Float32:
                Each(MemoryMarshal.Cast<byte, float>(row), () => scale * random.NextSingle());
                break;
            case ElementType.Float64:
                Each(MemoryMarshal.Cast<byte, double>(row), () => scale * random.NextDouble());
                break;
            case ElementType.Float16:
                Each(MemoryMarshal.Cast<byte, Half>(row), () => (Half)(scale * random.NextSingle()));
                break;
            case ElementType.UInt8:
                Each(row, () => (byte)(scale * random.Next(256)));
                break;
            default:
                // Whole numbers are indices or flags: zero and one are in every range.
                row.Clear();
                for (var i = 0; i < row.Length; i += type.Size())
                {
                    row[i] = random.NextSingle() < scale ? (byte)1 : (byte)0;
                }

                break;
        }
    }

    private static void Each<T>(Span<T> values, Func<T> next)
    {
        foreach (ref var value in values)
        {
            value = next();
        }
    }
}
