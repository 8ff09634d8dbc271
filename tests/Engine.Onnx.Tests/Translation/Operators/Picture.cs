namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

/// <summary>What TensorFlow computes over pictures, by its definitions: cell by cell, no padding anywhere.</summary>
internal static class Picture
{
    /// <summary>One spatial axis of a window: where its first cell lies for every output position.</summary>
    /// <param name="Before">Cells of padding before the picture.</param>
    public readonly record struct Axis(int Input, int Window, int Stride, int Dilation, int Before, int Output)
    {
        public static Axis Of(int input, int window, int stride, int dilation, string padding, int before, int after)
        {
            var span = ((window - 1) * dilation) + 1;
            switch (padding)
            {
                case "VALID":
                    return new Axis(input, window, stride, dilation, 0, CeilingOf(input - span + 1, stride));
                case "SAME":
                    var output = CeilingOf(input, stride);
                    var missing = Math.Max(((output - 1) * stride) + span - input, 0);
                    return new Axis(input, window, stride, dilation, missing / 2, output);
                default:
                    return new Axis(
                        input, window, stride, dilation, before,
                        CeilingOf(input + before + after - span + 1, stride));
            }
        }

        /// <summary>Cells of the window and of the picture that meet at an output position.</summary>
        public IEnumerable<(int Window, int Input)> Meet(int output)
        {
            for (var cell = 0; cell < Window; cell++)
            {
                var at = (output * Stride) - Before + (cell * Dilation);
                if (at >= 0 && at < Input)
                {
                    yield return (cell, at);
                }
            }
        }

        private static int CeilingOf(int cells, int stride) => (cells + stride - 1) / stride;
    }

    /// <summary>[batch, height, width, in] and [height, width, in / groups, out].</summary>
    public static NdArray<float> Convolve(NdArray<float> x, NdArray<float> kernel, Axis height, Axis width)
    {
        var (perGroup, outputs) = (kernel.Shape[2], kernel.Shape[3]);
        var outputsPerGroup = outputs / (x.Shape[3] / perGroup);
        return NdArray.From([x.Shape[0], height.Output, width.Output, outputs], at =>
        {
            var sum = 0.0;
            var firstChannel = at[3] / outputsPerGroup * perGroup;
            foreach (var (i, row) in height.Meet(at[1]))
            {
                foreach (var (j, column) in width.Meet(at[2]))
                {
                    for (var c = 0; c < perGroup; c++)
                    {
                        sum += x[at[0], row, column, firstChannel + c] * kernel[i, j, c, at[3]];
                    }
                }
            }

            return (float)sum;
        });
    }

    /// <summary>[batch, height, width, channels] and [height, width, channels, multiplier].</summary>
    public static NdArray<float> ConvolveDepthwise(NdArray<float> x, NdArray<float> kernel, Axis height, Axis width)
    {
        var multiplier = kernel.Shape[3];
        return NdArray.From([x.Shape[0], height.Output, width.Output, kernel.Shape[2] * multiplier], at =>
        {
            var (channel, copy) = (at[3] / multiplier, at[3] % multiplier);
            return (float)(
                from vertical in height.Meet(at[1])
                from horizontal in width.Meet(at[2])
                select (double)x[at[0], vertical.Input, horizontal.Input, channel]
                    * kernel[vertical.Window, horizontal.Window, channel, copy]).Sum();
        });
    }

    /// <summary>The cells of the picture under each window, without those of the padding.</summary>
    public static NdArray<float> Pool(
        NdArray<float> x, Axis height, Axis width, Func<IEnumerable<float>, float> pool) =>
        NdArray.From([x.Shape[0], height.Output, width.Output, x.Shape[3]], at => pool(
            from vertical in height.Meet(at[1])
            from horizontal in width.Meet(at[2])
            select x[at[0], vertical.Input, horizontal.Input, at[3]]));

    public static NdArray<float> ToChannelsFirst(NdArray<float> x) => x.Transpose(0, 3, 1, 2);
}
