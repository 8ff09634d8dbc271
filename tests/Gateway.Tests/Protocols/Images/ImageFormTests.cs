using System.Text;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Gateway.Protocols.Images;

namespace ScoringCluster.Gateway.Tests.Protocols.Images;

public sealed class ImageFormTests
{
    [Theory]
    [InlineData("""form-data; name="field"; filename="a b.png" """, "a b.png")]
    [InlineData("""form-data; name="field"; filename="a\"b.png" """, "a\"b.png")]
    [InlineData("""form-data; name="field"; filename="Übung.png" """, "Übung.png")]
    [InlineData("""form-data; name="field"; filename*=UTF-8''%C3%9Cbung.png""", "Übung.png")]
    [InlineData("""form-data; name="field" """, "field")]
    [InlineData("""form-data; name="field"; filename="" """, "field")]
    [InlineData("form-data", "image")]
    [InlineData("???", "image")]
    public void Read_PartsName_IsTheFilesElseTheFields(string disposition, string expected)
    {
        var (images, _) = Read($"--b|Content-Disposition: {disposition.Trim()}|Content-Type: image/png||123|--b--|");

        Assert.Equal((expected, "123"), Assert.Single(images!));
    }

    [Theory]
    [InlineData("--b||1|--b||2|--b--")]
    [InlineData("--b||1|--b||2|--b--|epilogue")]
    [InlineData("preamble|--b||1|--b||2|--b--|")]
    [InlineData("--b  ||1|--b\t||2|--b--|")]
    [InlineData("--b|content-type: x||1|--b|A: b|C: d||2|--b--|")]
    public void Read_FormsAsTheStandardAllows_GiveEveryPart(string form)
    {
        var (images, problem) = Read(form);

        Assert.Null(problem);
        Assert.Equal(["1", "2"], images!.Select(i => i.Content));
    }

    [Fact]
    public void Read_ContentThatHoldsWhatLooksLikeABoundary_IsWhole()
    {
        var (images, _) = Read("--b||1|--bb|--|-b2|--b||| |--b--");

        Assert.Equal(["1\r\n--bb\r\n--\r\n-b2", "\r\n "], images!.Select(i => i.Content));
    }

    [Fact]
    public void Read_EmptyPart_IsAnEmptyImage()
    {
        var (images, _) = Read("--b|A: b||||--b--".Replace("||||", "|||"));

        Assert.Equal("", Assert.Single(images!).Content);
    }

    [Theory]
    [InlineData("", "its boundary does not occur in the body")]
    [InlineData("something else", "its boundary does not occur in the body")]
    [InlineData("--b--|", "it has no parts")]
    [InlineData("--b", "is not followed by a line end")]
    [InlineData("--bx|", "is not followed by a line end")]
    [InlineData("--b|A: b|", "do not end within")]
    [InlineData("--b||1", "it ends within the part at byte")]
    [InlineData("--b||1|--b||2", "it ends within the part at byte")]
    public void Read_FaultyForm_IsRefused(string form, string expected)
    {
        var (images, problem) = Read(form);

        Assert.Null(images);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("multipart/form-data", 0)]
    [InlineData("multipart/form-data; boundary=\"\"", 0)]
    [InlineData("multipart/form-data; boundary=", 71)]
    public void Read_BoundaryOfNoOrTooManyCharacters_IsRefused(string type, int more)
    {
        var (images, problem) = Read("--b||1|--b--|", type + new string('b', more));

        Assert.Null(images);
        Assert.Contains("has no boundary of 1 to 70 characters", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("image/png")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("nonsense")]
    public void Read_AnyOtherBody_IsOneImage(string? type)
    {
        var (images, _) = Read("--b||1|--b--|", type);

        Assert.Equal("image", Assert.Single(images!).File);
    }

    /// <param name="form">With <c>|</c> for line ends.</param>
    private static (List<(string File, string Content)>? Images, string? Problem) Read(
        string form, string? type = "multipart/form-data; boundary=b")
    {
        var body = Encoding.UTF8.GetBytes(form.Replace("|", "\r\n"));
        var context = new DefaultHttpContext();
        context.Request.ContentType = type;
        var (images, fault) = ImageForm.Read(context.Request, body);
        return (images?.Select(i => (i.File, Encoding.UTF8.GetString(body, i.Offset, i.Length))).ToList(),
            fault?.Message);
    }
}
