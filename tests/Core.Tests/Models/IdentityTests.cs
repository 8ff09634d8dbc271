using CsCheck;

namespace ScoringCluster.Core.Tests.Models;

/// <summary>Text forms of models, devices and replicas: what is written is read back, and nothing else.</summary>
public sealed class IdentityTests
{
    private static readonly Gen<string> _name = Gen.Select(
        Gen.Char.AlphaNumeric, Gen.Char["abcXYZ019._-"].Array[0, 127], (first, rest) => first + new string(rest));

    private static readonly Gen<ModelRef> _model =
        Gen.Select(_name, Gen.Int[1, int.MaxValue], (name, version) => new ModelRef(name, version));

    [Fact]
    public void ModelRef_AsText_IsReadBack() =>
        _model.Sample(model => ModelRef.TryParse(model.ToString(), out var parsed) && parsed == model);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("busi")]
    [InlineData("busi@")]
    [InlineData("@1")]
    [InlineData("busi@0")]
    [InlineData("busi@01")]
    [InlineData("busi@-1")]
    [InlineData("busi@+1")]
    [InlineData("busi@ 1")]
    [InlineData("busi@1 ")]
    [InlineData("busi@2147483648")]
    [InlineData("busi@stable")]
    [InlineData("a@b@1")]
    [InlineData("../busi@1")]
    [InlineData(".busi@1")]
    [InlineData("busi/x@1")]
    [InlineData("busi\n@1")]
    public void ModelRef_AnythingElse_IsNotRead(string? text) => Assert.False(ModelRef.TryParse(text, out _));

    [Fact]
    public void ModelName_LongerThan128_IsNoName()
    {
        Assert.True(ModelRef.IsName(new string('a', 128)));
        Assert.False(ModelRef.IsName(new string('a', 129)));
        Assert.False(ModelRef.IsName("name\n"));
        Assert.False(ModelRef.IsName("bücher"));
    }

    [Theory]
    [InlineData("cpu:0", "cpu", 0)]
    [InlineData("cuda:12", "cuda", 12)]
    public void DeviceId_AsText_IsReadBack(string text, string kind, int index)
    {
        Assert.True(DeviceId.TryParse(text, out var device));
        Assert.Equal(new DeviceId(kind, index), device);
        Assert.Equal(text, device.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("cpu:")]
    [InlineData(":0")]
    [InlineData("CPU:0")]
    [InlineData("cpu0:0")]
    [InlineData("cpu:-1")]
    [InlineData("cpu: 1")]
    [InlineData("cpu:1:2")]
    [InlineData("cpu:99999999999")]
    public void DeviceId_AnythingElse_IsNotRead(string text) => Assert.False(DeviceId.TryParse(text, out _));

    [Fact]
    public void ReplicaKey_AsText_IsReadBack() => _model.Sample(model =>
    {
        var key = new ReplicaKey("S127.0.0.1:11111:42", new DeviceId("cuda", 3), model);
        return ReplicaKey.Parse(key.ToString()) == key;
    });

    [Theory]
    [InlineData("")]
    [InlineData("silo/cpu:0")]
    [InlineData("/cpu:0/busi@1")]
    [InlineData("silo/cpu/busi@1")]
    [InlineData("silo/cpu:0/busi")]
    [InlineData("silo/cpu:0/busi@1/more")]
    public void ReplicaKey_AnythingElse_IsNotRead(string text)
    {
        Assert.False(ReplicaKey.TryParse(text, out _));
        var error = Assert.Throws<FormatException>(() => ReplicaKey.Parse(text));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }
}
