using ScoringCluster.Core;

namespace ScoringCluster.Archive.Jobs;

/// <summary>What goes wrong with a job's folder without being a defect: full, denied, gone, damaged.</summary>
public static class JobFaults
{
    public static bool IsExpected(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or InvalidDataException;

    /// <summary>The fault that names the folder and what the system says of it.</summary>
    public static ScoringFault Of(JobFolder folder, Exception exception) => exception is InvalidDataException
        ? new ScoringFault(FaultKind.JobConflict,
            $"{exception.Message.TrimEnd('.')}. Put the whole file back, or name another output folder")
        : new ScoringFault(FaultKind.OutputUnwritable,
            $"The output folder '{folder.Root}' cannot be used: {exception.Message}");

    public static ScoringFault Lost(JobFolder folder, string jobId) =>
        new(FaultKind.JobConflict, $"'{folder.Root}' does not hold job {jobId} any more");

    internal static ScoringFault OtherInputs(JobFolder folder, JobPins pins) => new(FaultKind.JobConflict,
        $"'{folder.InputsFile}' is not the list of inputs that job {pins.Job} pinned. Put it back, or name another "
        + "output folder");
}
