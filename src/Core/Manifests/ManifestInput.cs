using System.Collections.Immutable;

namespace ScoringCluster.Core;

/// <summary>How raw input becomes the model's input: the pixels of an image, or the columns of a table's row.</summary>
public sealed record ManifestInput
{
    public required ManifestInputKind Kind { get; init; }

    /// <summary>The signature's input; null for the only one. Tables name tensors by column.</summary>
    public string? Tensor { get; init; }

    /// <summary>Pixels; 0 for tables, as <see cref="Width"/> and <see cref="Channels"/>.</summary>
    public int Height { get; init; }

    /// <summary>Pixels.</summary>
    public int Width { get; init; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; init; }

    public ResizeMethod Resize { get; init; } = ResizeMethod.Bilinear;

    /// <summary>Factor for pixel values of 0 to 255; 1 where the manifest has none.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Subtracted after scaling, one number a channel; default (absent) for none.</summary>
    public ImmutableArray<double> Mean { get; init; }

    /// <summary>Divides after subtracting, one positive number a channel; default (absent) for none.</summary>
    public ImmutableArray<double> Std { get; init; }

    /// <summary>The columns of a table; empty for images.</summary>
    public ImmutableArray<ManifestColumn> Columns { get; init; } = [];
}

public enum ManifestInputKind
{
    Image = 1,
    Table = 2,
}

/// <summary>How an image is brought to the model's size, each as <c>tf.image.resize</c> does it.</summary>
public enum ResizeMethod
{
    /// <summary>Half-pixel centres, no antialiasing.</summary>
    Bilinear = 1,

    /// <summary>The source pixel that holds the target pixel's centre.</summary>
    Nearest = 2,

    /// <summary>The mean over the source area that a target pixel covers.</summary>
    Area = 3,
}

/// <summary>One column of a table and the element of a row that it fills.</summary>
/// <param name="Name">The column's header.</param>
/// <param name="Tensor">The signature's input.</param>
/// <param name="Index">Element within one row of that tensor.</param>
public sealed record ManifestColumn(string Name, string Tensor, int Index);
