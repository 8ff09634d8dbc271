using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>Sizes that callers state in shapes: their products pass any limit before anything is sent.</summary>
internal static class StatedSize
{
    /// <summary>Elements of a shape whose dimensions fit 31 bits; false where a tensor cannot have so many.</summary>
    public static bool TryCount(TensorSpec spec, out int elements)
    {
        elements = 0;
        var count = 1L;
        foreach (var dimension in spec.Shape.Dimensions)
        {
            count *= dimension;
            if (count > int.MaxValue)
            {
                return false;
            }
        }

        elements = (int)count;
        return count * Math.Max(1, spec.Type.Size()) <= int.MaxValue;
    }
}
