using System.Text.Json;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;
using ScoringCluster.Grains.Jobs;

namespace ScoringCluster.Grains.Tests.Jobs;

public sealed class JobRegisterTests
{
    [Fact]
    public void Register_StoredAsJson_IsReadAsItWas()
    {
        var ticket = new JobTicket("night", "/out", new ModelRef("m", 3), DateTimeOffset.UnixEpoch);
        var failed = JobStatuses.Of(ticket, JobState.Failed) with
        {
            Rows = 7,
            Fault = ScoringFault.Invalid([new FaultViolation("id", "is wrong")]),
        };
        var register = new JobRegister { Jobs = [new RegisteredJob(ticket, null), new RegisteredJob(ticket, failed)] };

        var json = JsonSerializer.Serialize(register);
        var read = JsonSerializer.Deserialize<JobRegister>(json)!;

        Assert.Equal(json, JsonSerializer.Serialize(read));
        Assert.Equal(ticket, read.Jobs[0].Ticket);
        Assert.Equal(failed.Fault.Message, read.Jobs[1].Ended!.Fault!.Message);
    }
}
