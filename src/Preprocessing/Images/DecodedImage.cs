namespace ScoringCluster.Preprocessing.Images;

/// <summary>Pixels of a picture: 0…255, row by row, 1 or 3 interleaved channels.</summary>
internal readonly record struct DecodedImage(float[] Pixels, int Width, int Height, int Channels);
