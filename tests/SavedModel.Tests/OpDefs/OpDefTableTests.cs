using ScoringCluster.SavedModel.OpDefs;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Tests.OpDefs;

public sealed class OpDefTableTests
{
    [Fact]
    public void Find_OfTensorFlowsOperations_KnowsTheirDefaults()
    {
        var norm = new OpDefTable(null).Find("FusedBatchNormV3")!;

        Assert.True(norm.Attr.Single(attribute => attribute.Name == "is_training").DefaultValue.B);
        Assert.Equal(1e-4f, norm.Attr.Single(attribute => attribute.Name == "epsilon").DefaultValue.F);
        Assert.Equal("batch_mean", norm.OutputArg[1].Name);
    }

    [Fact]
    public void Find_OfWhatTheModelBringsAlong_AddsButDoesNotReplace()
    {
        var table = new OpDefTable(new OpList
        {
            Op = { new OpDef { Name = "Relu" }, new OpDef { Name = "NewerThanWeAre" } },
        });

        Assert.NotNull(table.Find("NewerThanWeAre"));
        Assert.NotEmpty(table.Find("Relu")!.Attr);
        Assert.Null(table.Find("UnknownToAll"));
    }
}
