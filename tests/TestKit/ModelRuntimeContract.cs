using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using Xunit;

namespace ScoringCluster.TestKit;

/// <summary>
/// What every engine owes the rest of the system (<see cref="IModelRuntime"/>, <see cref="IModel"/>), run on one model:
/// that of <see cref="FakeModelRuntime"/> with its four signatures and its poisoned row, so that one expectation holds
/// for all engines.
/// </summary>
public abstract class ModelRuntimeContract
{
    /// <summary>Nothing here takes this long; a wait that does says what it waited for.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The same engine throughout one test.</summary>
    protected abstract IModelRuntime Runtime { get; }

    /// <summary>Asks for the model; it is sound.</summary>
    protected abstract ModelLoadRequest Sound(int slots);

    /// <summary>Asks for a model of which a file is damaged.</summary>
    protected abstract ModelLoadRequest Damaged();

    /// <summary>Asks for a sound model that this engine cannot run.</summary>
    protected abstract ModelLoadRequest BeyondTheEngine();

    [Fact]
    public void Load_SoundModel_ListsWhatCanBeCalledByName()
    {
        using var model = Load();

        ModelSignature[] expected =
            [FakeModelRuntime.Ragged, FakeModelRuntime.Signature, FakeModelRuntime.Text, FakeModelRuntime.Whole];
        Assert.Equal(expected.Select(Describe), model.Signatures.Select(Describe));
        Assert.Empty(model.Refused);
        Assert.True(model.MemoryBytes > 0);
    }

    [Fact]
    public void Load_SomeSignatures_ListsThose()
    {
        using var model = Runtime.Load(Sound(1) with { Signatures = ["text", "whole"] }, Token);

        Assert.Equal(["text", "whole"], model.Signatures.Select(s => s.Name));
    }

    [Fact]
    public void Load_SignatureThatIsNotThere_NamesIt()
    {
        var failure = Assert.ThrowsAny<ModelLoadException>(
            () => Runtime.Load(Sound(1) with { Signatures = ["whole", "train"] }, Token).Dispose());

        Assert.Contains("'train'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DamagedModel_IsAFailureThatNoOtherEngineWouldMend()
    {
        var failure = Assert.ThrowsAny<ModelLoadException>(() => Runtime.Load(Damaged(), Token).Dispose());

        Assert.False(failure.Refused);
        Assert.NotEmpty(failure.Message);
    }

    [Fact]
    public void Load_ModelBeyondTheEngine_IsRefused()
    {
        var failure = Assert.ThrowsAny<ModelLoadException>(() => Runtime.Load(BeyondTheEngine(), Token).Dispose());

        Assert.True(failure.Refused);
        Assert.NotEmpty(failure.Message);
    }

    [Fact]
    public void Load_Cancelled_LoadsNothing()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => Runtime.Load(Sound(1), cancelled.Token).Dispose());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(1000)]
    public void Execute_AnyNumberOfRows_AnswersEach(int rows)
    {
        // Past the poisoned row.
        const float First = 1000;
        using var model = Load();
        using var input = FakeModelRuntime.Rows(rows, First);
        using var given = Tensor.Rent(TensorBlockPool.Shared, "y", ElementType.Float32, TensorShape.Of(rows, 2));

        using var made = Execute(model, FakeModelRuntime.Signature, input);
        Assert.Same(given, Execute(model, FakeModelRuntime.Signature, input, given));

        Assert.Equal("FP32" + given.Shape, made.Type.ProtocolName() + made.Shape);
        Assert.Equal("y", made.Name);
        Assert.Equal(FakeModelRuntime.Expected(rows, First), made.Values<float>().ToArray());
        Assert.Equal(FakeModelRuntime.Expected(rows, First), given.Values<float>().ToArray());
    }

    [Fact]
    public void Execute_TensorsOfTheCaller_AreWrittenWhereTheyEndAndNowhereElse()
    {
        using var model = Load();
        using var input = FakeModelRuntime.Rows(3, 1);
        var before = input.Bytes.ToArray();
        using var block = TensorBlockPool.Shared.Rent(1000);
        block.Span(1000).Fill(0xAB);
        var output = new Tensor("y", ElementType.Float32, TensorShape.Of(3, 2), block, 3 * 2 * sizeof(float));

        Execute(model, FakeModelRuntime.Signature, input, output);

        Assert.Equal(before, input.Bytes.ToArray());
        Assert.Equal(FakeModelRuntime.Expected(3, 1), output.Values<float>().ToArray());
        Assert.False(block.Span(1000)[output.ByteLength..].ContainsAnyExcept((byte)0xAB));
    }

    [Fact]
    public void Execute_SameTensorsAgain_AnswersWhatTheyHoldNow()
    {
        // Buffers of a slot come back with other rows: an engine may keep its view of them, never their contents.
        using var model = Load();
        using var input = FakeModelRuntime.Rows(2, 1);
        using var output = Tensor.Rent(TensorBlockPool.Shared, "y", ElementType.Float32, input.Shape);
        Execute(model, FakeModelRuntime.Signature, input, output);
        using (var other = FakeModelRuntime.Rows(2, 50))
        {
            other.Bytes.CopyTo(input.Bytes);
        }

        Execute(model, FakeModelRuntime.Signature, input, output);

        Assert.Equal(FakeModelRuntime.Expected(2, 50), output.Values<float>().ToArray());
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    [InlineData(2, 10)]
    public void Execute_ShapeThatFollowsFromTheInput_IsMadeByTheEngine(int rows, int columns)
    {
        using var model = Load();
        var numbers = Enumerable.Range(0, rows * columns).Select(i => (float)i).ToArray();
        using var input = Tensor.Copy<float>(
            TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(rows, columns), numbers);

        using var output = Execute(model, FakeModelRuntime.Ragged, input);

        Assert.Equal(input.Shape, output.Shape);
        Assert.Equal(
            numbers.Chunk(2).SelectMany(pair => new[] { pair[0] + pair[1], pair[0] - pair[1] }),
            output.Values<float>().ToArray());
    }

    [Fact]
    public void Execute_SignatureWithoutABatchAxis_AnswersTheWhole()
    {
        using var model = Load();
        using var input = Tensor.Copy<float>(
            TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(2), [5f, 3f]);

        using var output = Execute(model, FakeModelRuntime.Whole, input);

        Assert.Equal(TensorShape.Of(2), output.Shape);
        Assert.Equal([8f, 2f], output.Values<float>().ToArray());
    }

    [Fact]
    public void Execute_Strings_KeepEveryByte()
    {
        // Lengths 2, 0 and 3; the last is no UTF-8 and holds a zero, as pictures do.
        using var model = Load();
        byte[] packed = [2, 0, 0, 0, (byte)'a', (byte)'b', 0, 0, 0, 0, 3, 0, 0, 0, 0xFF, 0, 0xFE];
        using var input = Tensor.Copy<byte>(
            TensorBlockPool.Shared, "x", ElementType.Bytes, TensorShape.Of(3), packed);

        using var output = Execute(model, FakeModelRuntime.Text, input);

        Assert.Equal(TensorShape.Of(3), output.Shape);
        Assert.Equal(packed, output.Bytes.ToArray());
    }

    [Theory]
    [InlineData(ElementType.Float64, 2, 2)]
    [InlineData(ElementType.Int32, 2, 2)]
    [InlineData(ElementType.Float32, 2, 3)]
    [InlineData(ElementType.Float32, 2)]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float32, 2, 2, 1)]
    public void Execute_InputThatDoesNotFit_IsAFaultThatNamesIt(ElementType type, params int[] shape)
    {
        using var model = Load();
        using var input = Tensor.Rent(
            TensorBlockPool.Shared, "x", type, TensorShape.Of([.. shape.Select(size => (long)size)]));

        AssertFault(model, "x", [input], new Tensor?[1]);
    }

    [Theory]
    [InlineData(ElementType.Float64, 2, 2)]
    [InlineData(ElementType.Float32, 2, 3)]
    [InlineData(ElementType.Float32, 3, 2)]
    [InlineData(ElementType.Float32, 4)]
    public void Execute_OutputThatDoesNotFit_IsAFault(ElementType type, params int[] shape)
    {
        using var model = Load();
        using var input = FakeModelRuntime.Rows(2, 1);
        using var output = Tensor.Rent(
            TensorBlockPool.Shared, "y", type, TensorShape.Of([.. shape.Select(size => (long)size)]));

        AssertFault(model, null, [input], [output]);
    }

    [Fact]
    public void Execute_TooFewOrTooManyTensors_IsAFault()
    {
        using var model = Load();
        using var input = FakeModelRuntime.Rows(2, 1);

        AssertFault(model, FakeModelRuntime.Signature.Name, [], new Tensor?[1]);
        AssertFault(model, FakeModelRuntime.Signature.Name, [input, input], new Tensor?[1]);
        AssertFault(model, FakeModelRuntime.Signature.Name, [input], []);
        AssertFault(model, FakeModelRuntime.Signature.Name, [input], new Tensor?[2]);
    }

    [Fact]
    public void Execute_RowsOnWhichTheModelFails_IsAFaultAndTheNextRuns()
    {
        using var model = Load();
        using var poisoned = FakeModelRuntime.Rows(3, FakeModelRuntime.Poison - 1);

        var fault = AssertFault(model, null, [poisoned], new Tensor?[1]);

        Assert.NotNull(fault.Where);
        Assert.NotEmpty(fault.Message);
    }

    [Fact]
    public async Task Execute_EverySlotAtOnce_AnswersEachItsOwnRows()
    {
        const int Slots = 3;
        using var model = Runtime.Load(Sound(Slots), Token);
        using var start = new Barrier(Slots);

        await Task.WhenAll(Enumerable.Range(0, Slots).Select(slot => OnAThread(() =>
        {
            Assert.True(start.SignalAndWait(_patience, Token), "The other slots did not start.");
            for (var round = 0; round < 100; round++)
            {
                AssertRuns(model, slot, rows: 1 + ((round + slot) % 5), first: 1000 + (slot * 1000) + round);
            }
        }))).WaitAsync(_patience, Token);
    }

    [Fact]
    public async Task Load_AndDisposeOthers_DisturbNoModelThatExecutes()
    {
        using var model = Load();
        using var enough = new CancellationTokenSource();
        var executing = OnAThread(() =>
        {
            for (var first = 1000; !enough.IsCancellationRequested; first = 1000 + ((first + 1) % 1000))
            {
                AssertRuns(model, 0, 2, first);
            }
        });
        try
        {
            for (var i = 0; i < 5; i++)
            {
                using var other = Load();
                AssertRuns(other, 0, 3, 10 * (i + 1));
            }
        }
        finally
        {
            await enough.CancelAsync();
            await executing.WaitAsync(_patience, Token);
        }
    }

    [Fact]
    public void Dispose_OutputsThatTheEngineMade_StayTheCallers()
    {
        using var input = FakeModelRuntime.Rows(2, 7);
        Tensor output;
        using (var model = Load())
        {
            output = Execute(model, FakeModelRuntime.Signature, input);
        }

        using (output)
        using (var another = Load())
        {
            AssertRuns(another, 0, 2, 30);
            Assert.Equal(FakeModelRuntime.Expected(2, 7), output.Values<float>().ToArray());
        }
    }

    private static string Describe(ModelSignature signature) =>
        $"{signature.Name}: {string.Join(", ", signature.Inputs)} → {string.Join(", ", signature.Outputs)}"
        + (signature.Batched ? ", batched" : "");

    private static ModelSignature Find(IModel model, ModelSignature signature) =>
        model.Signatures.Single(s => s.Name == signature.Name);

    private static Tensor Execute(IModel model, ModelSignature signature, Tensor input, Tensor? output = null)
    {
        Tensor?[] outputs = [output];
        Assert.Null(model.Execute(Find(model, signature), 0, [input], outputs));
        return Assert.Single(outputs)!;
    }

    private static void AssertRuns(IModel model, int slot, int rows, float first)
    {
        using var input = FakeModelRuntime.Rows(rows, first);
        var outputs = new Tensor?[1];
        Assert.Null(model.Execute(Find(model, FakeModelRuntime.Signature), slot, [input], outputs));
        using var output = outputs[0]!;
        Assert.Equal(FakeModelRuntime.Expected(rows, first), output.Values<float>().ToArray());
    }

    /// <summary>Asserts a fault, that nothing was put, and that the model still runs.</summary>
    private static EngineFault AssertFault(IModel model, string? where, Tensor[] inputs, Tensor?[] outputs)
    {
        Tensor?[] before = [.. outputs];

        var fault = model.Execute(Find(model, FakeModelRuntime.Signature), 0, inputs, outputs);

        Assert.NotNull(fault);
        Assert.Equal(where ?? fault.Where, fault.Where);
        Assert.Equal(before, outputs);
        AssertRuns(model, 0, 2, 20);
        return fault;
    }

    /// <summary>Engines are called from threads of their own.</summary>
    private static Task OnAThread(Action action) => Task.Factory.StartNew(
        action, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private IModel Load() => Runtime.Load(Sound(1), Token);
}
