using Microsoft.Extensions.Logging;

namespace ScoringCluster.Engine.Store;

internal sealed partial class LocalModelSource
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The folder {Folder} is ignored: {Reason}.")]
    private partial void LogIgnored(string folder, string reason);
}
