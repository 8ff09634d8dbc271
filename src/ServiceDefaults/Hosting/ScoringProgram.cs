using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.State;

namespace ScoringCluster.ServiceDefaults.Hosting;

/// <summary>What every program of the product does the same: where configuration comes from, and how it ends.</summary>
public static class ScoringProgram
{
    /// <summary>
    /// Configuration from <c>appsettings.json</c> in the current folder, then the environment (<c>SCORING__…</c>),
    /// then the command line (<c>--Cluster:SiloName=silo-1</c>).
    /// </summary>
    public static WebApplicationBuilder CreateBuilder(ClusterRole role, params string[] arguments)
    {
        var builder = WebApplication
            .CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = Environment.CurrentDirectory });
        builder.Configuration
            .AddEnvironmentVariables("SCORING__")
            .AddCommandLine(arguments)
            .AddInMemoryCollection([new($"{ClusterSettings.Section}:{nameof(ClusterSettings.Role)}", $"{role}")]);
        return builder;
    }

    /// <summary>Runs until SIGTERM or Ctrl-C.</summary>
    /// <returns>The exit code: 0, or 2 where the configuration is wrong and stderr says how.</returns>
    public static async Task<int> RunScoringAsync(this WebApplication app)
    {
        try
        {
            await using (app)
            {
                await app.RunAsync();
                return 0;
            }
        }
        catch (Exception e) when (e is OptionsValidationException or StateFolderException)
        {
            var failures = e is OptionsValidationException options ? options.Failures : [e.Message];
            await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, failures));
            return 2;
        }
    }
}
