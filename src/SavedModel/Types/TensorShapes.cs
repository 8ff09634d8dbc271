using ScoringCluster.Core;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Types;

/// <summary>TensorFlow's shapes as ours.</summary>
internal static class TensorShapes
{
    public static TensorShape ToShape(this TensorShapeProto? shape)
    {
        if (shape is null || shape.UnknownRank)
        {
            return TensorShape.UnknownRank;
        }

        var dimensions = new long[shape.Dim.Count];
        for (var axis = 0; axis < dimensions.Length; axis++)
        {
            dimensions[axis] = Math.Max(shape.Dim[axis].Size, TensorShape.Any);
        }

        return TensorShape.Of(dimensions);
    }

    /// <summary>Elements of an actual tensor of this shape.</summary>
    /// <exception cref="SavedModelException">A dimension is unknown, or the elements cannot be counted.</exception>
    public static long CountElements(this TensorShape shape, string owner)
    {
        if (!shape.IsStatic)
        {
            throw new SavedModelException($"{owner} has the shape {shape}, which an actual tensor cannot have.");
        }

        var count = 1L;
        foreach (var dimension in shape.Dimensions)
        {
            // A zero dimension elsewhere must not hide an overflow: TensorFlow refuses such shapes too.
            if (dimension != 0 && count > long.MaxValue / dimension)
            {
                throw new SavedModelException($"{owner} has the shape {shape}, which is too large.");
            }

            count *= dimension;
        }

        return count;
    }
}
