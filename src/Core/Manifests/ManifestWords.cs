namespace ScoringCluster.Core;

/// <summary>The words of <c>scoring.json</c> for the choices it offers.</summary>
internal static class ManifestWords
{
    public static string Of(ManifestInputKind kind) => kind switch
    {
        ManifestInputKind.Image => "image",
        ManifestInputKind.Table => "table",
    };

    public static string Of(ResizeMethod method) => method switch
    {
        ResizeMethod.Bilinear => "bilinear",
        ResizeMethod.Nearest => "nearest",
        ResizeMethod.Area => "area",
    };

    public static string Of(ScoreKind kind) => kind switch
    {
        ScoreKind.Probabilities => "probabilities",
        ScoreKind.Logits => "logits",
    };
}
