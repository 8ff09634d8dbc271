using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Tests;

public sealed class SavedModelReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_OfAFolderAroundTheModel_EntersIt()
    {
        var inner = Directory.CreateDirectory(Path.Combine(_folder.Path, "saved_model")).FullName;
        new ModelBuilder().Output("x:0").Write(_folder);
        File.Move(Path.Combine(_folder.Path, "saved_model.pb"), Path.Combine(inner, "saved_model.pb"));

        using var reader = SavedModelReader.Open(_folder.Path);

        Assert.Equal(inner, reader.Folder);
        Assert.True(reader.Signatures.Single().Batched);
    }

    [Theory]
    [InlineData(null, "saved_model.pb")]
    [InlineData("saved_model.pbtxt", "save it again")]
    [InlineData("saved_model.cpb", "save it again")]
    public void Open_WithoutTheBinaryForm_SaysWhatToDo(string? file, string words)
    {
        if (file is not null)
        {
            _folder.Write(file, []);
        }

        var error = Assert.Throws<SavedModelException>(() => SavedModelReader.Open(_folder.Path));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains(file ?? "saved_model.pb", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfAFolderThatDoesNotExist_NamesIt() => Assert.Contains("nowhere",
        Assert.Throws<SavedModelException>(() => SavedModelReader.Open(Path.Combine(_folder.Path, "nowhere"))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Open_WithTags_TakesExactlyThose()
    {
        var builder = new ModelBuilder().Output("x:0");
        builder.Meta.MetaInfoDef.Tags.Add("gpu");
        builder.Write(_folder);

        SavedModelReader.Open(_folder.Path, ["gpu", "serve"]).Dispose();
        SavedModelReader.Open(_folder.Path).Dispose();
        var error = Assert.Throws<SavedModelException>(() => SavedModelReader.Open(_folder.Path, ["train"]));
        Assert.Contains("{serve,gpu}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Signatures_OfKindsThatCannotBeCalled_AreListedWithTheReason()
    {
        var builder = new ModelBuilder().Output("x:0");
        var signatures = builder.Meta.SignatureDef;
        signatures["__saved_model_init_op"] = signatures["serving_default"].Clone();
        signatures["a_sparse"] = signatures["serving_default"].Clone();
        signatures["a_sparse"].Inputs["x"] = new TensorInfo { CooSparse = new TensorInfo.Types.CooSparse() };
        signatures["a_table"] = signatures["serving_default"].Clone();
        signatures["a_table"].Outputs["y"].Dtype = DataType.DtResource;
        builder.Write(_folder);

        using var reader = SavedModelReader.Open(_folder.Path);

        Assert.Equal("serving_default", reader.Signatures.Single().Name);
        Assert.Equal(["a_sparse", "a_table"], reader.Broken.Keys.Order());
        Assert.Contains("sparse", reader.Broken["a_sparse"], StringComparison.Ordinal);
        Assert.Contains("'y' of type resource", reader.Broken["a_table"], StringComparison.Ordinal);
        Assert.True(Assert.Throws<SavedModelException>(() => reader.Flatten("a_table")).Unsupported);
        Assert.Contains("'serving_default'",
            Assert.Throws<SavedModelException>(() => reader.Flatten("classify")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../secret.txt", "outside")]
    [InlineData("/etc/passwd", "outside")]
    [InlineData("", "outside")]
    [InlineData("a\0b", "outside")]
    [InlineData("vocabulary.txt", "missing")]
    public void Open_OfAnAssetThatIsNotThere_NamesIt(string name, string words)
    {
        _folder.Write("secret.txt", []);
        var builder = new ModelBuilder().Output("x:0");
        builder.Meta.AssetFileDef.Add(new AssetFileDef { Filename = name });
        builder.Write(_folder);

        var error = Assert.Throws<SavedModelException>(() => SavedModelReader.Open(_folder.Path));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfRandomDamage_FailsOnlyWithAClearError()
    {
        new ModelBuilder()
            .Define("f", ["a"], ["r=e:y:0"], ModelBuilder.Parse("e = Exp(a)"))
            .Constant("c", 1, 2, 3)
            .Call("call", "f", "x")
            .Node("out = AddV2(call, c)")
            .Output("out:0")
            .Write(_folder);
        var good = File.ReadAllBytes(Path.Combine(_folder.Path, "saved_model.pb"));
        var random = new Random(20);
        for (var i = 0; i < 3_000; i++)
        {
            var damaged = (byte[])good.Clone();
            for (var damages = random.Next(1, 4); damages > 0; damages--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            _folder.Write("saved_model.pb", damaged);
            try
            {
                using var reader = SavedModelReader.Open(_folder.Path);
                foreach (var signature in reader.Signatures)
                {
                    reader.Flatten(signature.Name);
                }
            }
            catch (SavedModelException)
            {
                // The damage was found; it may also be harmless. Anything else that is thrown fails the test.
            }
        }
    }
}
